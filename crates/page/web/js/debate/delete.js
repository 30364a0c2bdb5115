// Asks before a debate is deleted for good.

import { api } from 'synod/api.js';
import { DeletionDialog } from 'synod/parts/deletion.js';
import { html } from 'synod/parts/html.js';
import { Text, shortened } from 'synod/parts/text.js';

/** @param {{ id: string, topic: string, onClose: () => void, onDone: () => void }} props */
export function DeleteDialog({ id, topic, onClose, onDone }) {
  return html`
    <${DeletionDialog} title="Delete this debate?" verb="Delete" remove=${() => api.delete(`api/v1/debates/${id}`)} onClose=${onClose} onDone=${onDone}>
      <p class="serif-quote"><${Text}>${shortened(topic, 200)}<//></p>
      <p>Its statements, votes and verdict are deleted for good, and its links end. Export it first if you may need it.</p>
    <//>
  `;
}
