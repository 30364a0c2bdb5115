// Agents, models and hosts: who can debate, and with what.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { api } from 'synod/api.js';
import { usePolled } from 'synod/api/poll.js';
import { Reconnecting, Trouble } from 'synod/list/trouble.js';
import { AgentForm } from 'synod/panel/agent-form.js';
import { Agents } from 'synod/panel/agents.js';
import { useDoing } from 'synod/panel/doing.js';
import { Hosts } from 'synod/panel/hosts.js';
import { RemoveDialog } from 'synod/panel/remove.js';
import { html } from 'synod/parts/html.js';
import { Shortage } from 'synod/start/models.js';

const PANEL_INTERVAL_MS = 2000;

export function PanelView() {
  const agents = usePolled((signal) => api.get('api/v1/agents', { signal }), PANEL_INTERVAL_MS);
  const hosts = usePolled((signal) => api.get('api/v1/hosts', { signal }), PANEL_INTERVAL_MS);
  const models = usePolled((signal) => api.get('ollama/models', { signal }), PANEL_INTERVAL_MS * 2);
  const page = usePolled((signal) => api.get('api/v1/page', { signal }), 0);
  const doing = useDoing();
  const editing = useSignal(/** @type {any} */ (null)); // an agent, or {} for a new one
  const removing = useSignal(/** @type {any} */ (null));
  const said = useSignal('');
  const add = useRef(/** @type {HTMLButtonElement | null} */ (null));

  const found = {
    agents: agents.value.data?.agents,
    hosts: hosts.value.data?.hosts,
    // 503: no host responds.
    models: models.value.problem?.status === 503 ? [] : models.value.data?.models,
    page: page.value.data,
  };
  const isKnown = Boolean(found.models);
  useEffect(() => {
    if (isKnown && location.hash === '#hosts') document.getElementById('hosts')?.scrollIntoView();
  }, [isKnown]);
  const changed = (/** @type {string} */ message) => {
    editing.value = null;
    removing.value = null;
    said.value = message;
    agents.again();
  };
  return html`
    <div class="panel-view">
      <div class="list-head">
        <h1 tabindex="-1">Panel</h1>
        <button type="button" class="primary" ref=${add} onClick=${() => (editing.value = {})}>Add an agent</button>
      </div>
      <p class="visually-hidden" role="status">${said.value}</p>
      <${Reconnecting} problem=${found.agents ? agents.value.problem : null} />
      <section aria-labelledby="agents-heading">
        <h2 id="agents-heading">Agents</h2>
        ${agents.value.problem && !(found.agents && agents.value.problem.isTransient) && html`<${Trouble} problem=${agents.value.problem} onAgain=${agents.again} />`}
        ${found.agents &&
        html`<${Agents} agents=${found.agents} doing=${doing}
          onChange=${(/** @type {any} */ agent) => (editing.value = agent)}
          onRemove=${(/** @type {any} */ agent) => (removing.value = agent)} />`}
      </section>
      <section id="hosts" aria-labelledby="hosts-heading">
        <h2 id="hosts-heading">Models and hosts</h2>
        <${Shortage} ...${found} agents=${undefined} />
        <${Hosts} hosts=${found.hosts} models=${found.models} />
        ${!found.hosts && !found.models && models.value.problem && models.value.problem.status !== agents.value.problem?.status &&
        html`<${Trouble} problem=${models.value.problem} onAgain=${models.again} />`}
      </section>
      ${editing.value &&
      html`<${AgentForm} agent=${editing.value} hosts=${found.hosts ?? []} models=${found.models ?? []}
        onClose=${() => (editing.value = null)} onDone=${changed} />`}
      ${removing.value &&
      html`<${RemoveDialog} agent=${removing.value} onClose=${() => (removing.value = null)}
        onDone=${(/** @type {string} */ message) => {
          changed(message);
          add.current?.focus();
        }} />`}
    </div>
  `;
}
