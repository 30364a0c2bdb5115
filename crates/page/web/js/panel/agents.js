// The agents: who they are, the model that would serve them now, what they do and did.

import { useActivity } from 'synod/debate/activity.js';
import { html } from 'synod/parts/html.js';
import { Mark } from 'synod/parts/mark.js';
import { Text, onOneLine } from 'synod/parts/text.js';
import { ago, capital, counted, dateTime } from 'synod/parts/time.js';

/** @type {Record<string, string>} */
const AGENT_STATES = { idle: 'Idle', busy: 'Busy', unavailable: 'No model' };
/**
 * @param {object} props
 * @param {any[]} props.agents
 * @param {Map<string, import('synod/panel/doing.js').Doing>} props.doing
 * @param {(agent: any) => void} props.onChange
 * @param {(agent: any) => void} props.onRemove
 */
export function Agents({ agents, doing, onChange, onRemove }) {
  if (!agents.length) {
    return html`<div class="empty"><p>There are no agents.</p><p class="soft">A debate needs two or more: add them here.</p></div>`;
  }
  return html`
    <ul class="agents">
      ${agents.map((agent) => {
        const name = onOneLine(agent.name).slice(0, 60);
        const seat = doing.get(agent.agent_id)?.seat ?? -1;
        return html`
          <li key=${agent.agent_id} class="agent">
            <div class="agent-who">
              <div class="agent-name">
                ${seat >= 0 && html`<${Mark} index=${seat} small title="As in the debate that runs" />`}
                <h3 class="clip" dir="auto"><${Text} title=${agent.name}>${agent.name}<//></h3>
              </div>
              <p class="agent-expertise"><${Text}>${agent.expertise}<//></p>
              ${agent.voice && html`<p class="hint agent-expertise">Voice: <${Text}>${agent.voice}<//></p>`}
            </div>
            <dl class="agent-facts small">
              <dt class="visually-hidden">State</dt>
              <dd><${State} state=${agent.status.status} doing=${doing.get(agent.agent_id)} /></dd>
              <dt class="visually-hidden">Model</dt>
              <dd><${ModelOf} agent=${agent} /></dd>
              <dt class="visually-hidden">Calls</dt>
              <dd class="soft"><${Record} status=${agent.status} /></dd>
            </dl>
            <div class="agent-actions">
              <button type="button" class="quiet" onClick=${() => onChange(agent)} aria-label=${`Change ${name}`}>Change</button>
              <button type="button" class="quiet" onClick=${() => onRemove(agent)} aria-label=${`Remove ${name}`}>Remove</button>
            </div>
          </li>
        `;
      })}
    </ul>
  `;
}

/** @param {{ state: string, doing?: import('synod/panel/doing.js').Doing }} props */
function State({ state, doing }) {
  if (doing) {
    const { call, scene } = doing;
    return html`<span class="doing">
      ${call ? html`<${InCall} key=${call.call} call=${call} scene=${scene} />` : html`<${State} state=${scene ? 'waiting' : state} />`}
      <a class="clip" href=${`d/${doing.debate}`}><${Text}>${doing.topic}<//></a>
    </span>`;
  }
  const kind = state === 'busy' ? 'live' : state === 'unavailable' ? 'bad' : 'calm';
  return html`<span class="state" data-kind=${kind}>${AGENT_STATES[state] ?? capital(state)}</span>`;
}

/** What the agent of a call does. @param {{ call: any, scene: any }} props */
function InCall({ call, scene }) {
  return html`<span class="state" data-kind="live">${capital(useActivity(call, null, scene).short)}</span>`;
}

/** @param {{ agent: any }} props */
function ModelOf({ agent }) {
  const { status, model, host } = agent;
  const now = status.model && html`<${Text}>${status.model}<//>${status.host && html` on <${Text}>${status.host}<//>`}`;
  if (model || host) {
    const wanted = [model && html`<${Text}>${model}<//>`, host && html` on <${Text}>${host}<//>`];
    return html`<span>${model ? wanted : html`any model${wanted}`}${!now && html`<span class="soft">, not there now</span>`}</span>`;
  }
  return html`<span>${now ?? 'any model'}${now && html`<span class="soft">, or any other</span>`}</span>`;
}

/** @param {{ status: any }} props */
function Record({ status }) {
  const { task_count: calls, error_count: failed, avg_task_duration: mean, last_active_at: last } = status;
  if (!calls) return 'no calls yet';
  const parts = [counted(calls, 'call')];
  if (mean !== null) parts.push(`${mean < 10 ? mean.toFixed(1) : Math.round(mean)} s each`);
  if (failed) parts.push(`${failed} failed`);
  return html`${parts.join(' · ')}${last && html` · <time datetime=${last} title=${dateTime(last)}>${ago(last)}</time>`}`;
}
