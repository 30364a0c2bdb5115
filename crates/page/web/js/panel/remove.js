// Asks before an agent is removed.

import { api } from 'synod/api.js';
import { DeletionDialog } from 'synod/parts/deletion.js';
import { html } from 'synod/parts/html.js';
import { Text } from 'synod/parts/text.js';

/** @param {{ agent: any, onClose: () => void, onDone: (message: string) => void }} props */
export function RemoveDialog({ agent, onClose, onDone }) {
  const remove = () => api.delete(`api/v1/agents/${encodeURIComponent(agent.agent_id)}`);
  const done = (/** @type {boolean} */ wasGone) => onDone(wasGone ? 'The agent was removed already.' : 'The agent is removed.');
  return html`
    <${DeletionDialog} title="Remove this agent?" verb="Remove" remove=${remove} onClose=${onClose} onDone=${done}>
      <p class="serif-quote remove-who"><b><${Text}>${agent.name}<//></b>, <${Text}>${agent.expertise}<//></p>
      <p>New debates no longer have it. Debates that run, and those that ended, are not affected.</p>
    <//>
  `;
}
