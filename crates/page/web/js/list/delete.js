// Asks before a debate is deleted for good.

import { api } from 'synod/api.js';
import { DeletionDialog } from 'synod/parts/deletion.js';
import { html } from 'synod/parts/html.js';
import { Text, shortened } from 'synod/parts/text.js';

/** @param {{ summary: any, onClose: () => void, onDone: () => void }} props */
export function DeleteDialog({ summary, onClose, onDone }) {
  const remove = () => api.delete(`api/v1/debates/${summary.debate_id}`);
  return html`
    <${DeletionDialog} title="Delete this debate?" verb="Delete" remove=${remove} onClose=${onClose} onDone=${onDone}>
      <p class="serif-quote"><${Text}>${shortened(summary.debate_topic, 200)}<//></p>
      <p>Its statements, votes and verdict are deleted for good, and its links end.</p>
    <//>
  `;
}
