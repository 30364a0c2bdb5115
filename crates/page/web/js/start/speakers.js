// The choice of participants, with the seats that they would take.

import { useMemo } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { Mark } from 'synod/parts/mark.js';
import { Text } from 'synod/parts/text.js';
import { MAX_AGENTS } from 'synod/start/draft.js';
import { FieldError } from 'synod/start/field.js';
import { counted } from 'synod/parts/time.js';

/**
 * @param {import('synod/start/question.js').PartProps & {
 *   agents: any[],
 *   seats: Map<string, { host: string, model: string }>,
 *   earlier?: string,
 * }} props `seats` are the models that the estimate gives to the participants; `earlier` is the debate whose panel is taken over
 */
export function Speakers({ draft, errors, change, touch, agents, seats, earlier }) {
  const chosen = draft.agents;
  // Those who are chosen at first come first; nothing moves when one is added or left out.
  const first = useMemo(() => chosen, [earlier]);
  const inOrder = [true, false].flatMap((isFirst) => agents.filter(({ agent_id }) => first.includes(agent_id) === isFirst));
  const toggle = (/** @type {string} */ id, /** @type {boolean} */ isOn) => {
    change({ agents: isOn ? [...chosen, id] : chosen.filter((other) => other !== id) });
    touch('agents');
  };
  return html`
    <fieldset class="speakers" ...${errors.agents ? { 'aria-describedby': 'agents-error' } : {}}>
      <legend>Panel <span class="soft">${counted(chosen.length, 'speaker')}</span></legend>
      <ul>
        ${inOrder.map((agent) => {
          const index = chosen.indexOf(agent.agent_id);
          const isOn = index >= 0;
          const model = seats.get(agent.agent_id)?.model ?? agent.model ?? agent.status?.model;
          const isWithout = agent.status?.status === 'unavailable';
          return html`
            <li key=${agent.agent_id}>
              <label class="speaker" data-on=${isOn}>
                <input
                  type="checkbox"
                  name="agents"
                  checked=${isOn}
                  disabled=${!isOn && chosen.length >= MAX_AGENTS}
                  aria-invalid=${errors.agents ? 'true' : undefined}
                  aria-describedby=${errors.agents ? 'agents-error' : undefined}
                  onChange=${(/** @type {Event} */ event) =>
                    toggle(agent.agent_id, /** @type {HTMLInputElement} */ (event.currentTarget).checked)}
                />
                ${isOn ? html`<${Mark} index=${index} />` : html`<span class="mark ghost" aria-hidden="true"></span>`}
                <span class="speaker-text">
                  <b class="clip" dir="auto"><${Text}>${agent.name}<//></b>
                  <span class="hint clip speaker-model">
                    ${isWithout ? html`<span class="field-error">no model</span>` : isOn && model && html`<${Text} title=${model}>${model}<//>`}
                  </span>
                  <span class="hint speaker-who"><${Text}>${agent.expertise}<//></span>
                </span>
              </label>
            </li>
          `;
        })}
      </ul>
      <${FieldError} id="agents" error=${errors.agents} />
      <p class="hint">
        ${chosen.length >= MAX_AGENTS ? 'Sixteen speakers are the most. ' : 'Two to sixteen, of any models. '}
        <a href="panel">Add or change agents</a>
      </p>
    </fieldset>
  `;
}
