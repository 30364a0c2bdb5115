// Asks before a debate is deleted for good.

import { useSignal } from '@preact/signals';

import { api } from 'synod/api.js';
import { Dialog } from 'synod/parts/dialog.js';
import { html } from 'synod/parts/html.js';
import { Text, shortened } from 'synod/parts/text.js';

/** @param {{ summary: any, onClose: () => void, onDone: () => void }} props */
export function DeleteDialog({ summary, onClose, onDone }) {
  const trouble = useSignal('');
  const isSending = useSignal(false);
  const remove = async () => {
    if (isSending.value) return;
    isSending.value = true;
    try {
      await api.delete(`api/v1/debates/${summary.debate_id}`);
      onDone();
    } catch (error) {
      const { status, message } = /** @type {import('synod/api.js').ApiProblem} */ (error);
      if (status === 404) onDone(); // It was deleted elsewhere.
      else trouble.value = message;
      isSending.value = false;
    }
  };
  return html`
    <${Dialog} title="Delete this debate?" onClose=${onClose}>
      <div class="stack">
        <p class="serif-quote"><${Text}>${shortened(summary.debate_topic, 200)}<//></p>
        <p>Its statements, votes and verdict are deleted for good, and its links end.</p>
        ${trouble.value && html`<p class="field-error" role="alert">${trouble.value}</p>`}
        <div class="dialog-actions">
          <button type="button" onClick=${onClose}>Keep it</button>
          <button type="button" class="primary danger" onClick=${remove} aria-disabled=${isSending.value}>Delete</button>
        </div>
      </div>
    <//>
  `;
}
