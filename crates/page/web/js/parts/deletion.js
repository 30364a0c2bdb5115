// Asks before something is deleted for good.

import { useSignal } from '@preact/signals';

import { Dialog } from 'synod/parts/dialog.js';
import { html } from 'synod/parts/html.js';

/**
 * @param {object} props
 * @param {string} props.title the question
 * @param {string} props.verb the word on the button
 * @param {() => Promise<unknown>} props.remove
 * @param {() => void} props.onClose
 * @param {(wasGone: boolean) => void} props.onDone whether it had been deleted elsewhere
 * @param {any} [props.children] what is deleted, and what that means
 */
export function DeletionDialog({ title, verb, remove, onClose, onDone, children }) {
  const trouble = useSignal('');
  const isSending = useSignal(false);
  const send = async () => {
    if (isSending.value) return;
    isSending.value = true;
    try {
      await remove();
      onDone(false);
    } catch (error) {
      const { status, message } = /** @type {import('synod/api.js').ApiProblem} */ (error);
      if (status === 404) onDone(true);
      else trouble.value = message;
      isSending.value = false;
    }
  };
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <div class="stack">
        ${children} ${trouble.value && html`<p class="field-error" role="alert">${trouble.value}</p>`}
        <div class="dialog-actions">
          <button type="button" onClick=${onClose}>Keep it</button>
          <button type="button" class="primary danger" onClick=${send} aria-disabled=${isSending.value}>${verb}</button>
        </div>
      </div>
    <//>
  `;
}
