// Asks before an agent is removed.

import { useSignal } from '@preact/signals';

import { api } from 'synod/api.js';
import { Dialog } from 'synod/parts/dialog.js';
import { html } from 'synod/parts/html.js';
import { Text } from 'synod/parts/text.js';

/** @param {{ agent: any, onClose: () => void, onDone: (message: string) => void }} props */
export function RemoveDialog({ agent, onClose, onDone }) {
  const trouble = useSignal('');
  const isSending = useSignal(false);
  const remove = async () => {
    if (isSending.value) return;
    isSending.value = true;
    try {
      await api.delete(`api/v1/agents/${encodeURIComponent(agent.agent_id)}`);
      onDone('The agent is removed.');
    } catch (error) {
      const { status, message } = /** @type {import('synod/api.js').ApiProblem} */ (error);
      if (status === 404) onDone('The agent was removed already.');
      else trouble.value = message;
      isSending.value = false;
    }
  };
  return html`
    <${Dialog} title="Remove this agent?" onClose=${onClose}>
      <div class="stack">
        <p class="serif-quote remove-who"><b><${Text}>${agent.name}<//></b>, <${Text}>${agent.expertise}<//></p>
        <p>New debates no longer have it. Debates that run, and those that ended, are not affected.</p>
        ${trouble.value && html`<p class="field-error" role="alert">${trouble.value}</p>`}
        <div class="dialog-actions">
          <button type="button" onClick=${onClose}>Keep it</button>
          <button type="button" class="primary danger" onClick=${remove} aria-disabled=${isSending.value}>Remove</button>
        </div>
      </div>
    <//>
  `;
}
