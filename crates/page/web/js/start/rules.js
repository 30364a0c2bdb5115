// Order of speakers, rounds, and the rules folded under "More".

import { html } from 'synod/parts/html.js';
import { LIMITS } from 'synod/start/draft.js';
import { Field } from 'synod/start/field.js';
import { Choice, Context, textOf } from 'synod/start/question.js';

/** @type {{ mode: import('synod/start/draft.js').Mode, label: string, hint: string }[]} */
const MODES = [
  { mode: 'structured', label: 'Structured', hint: 'All speak at once, having read the same.' },
  { mode: 'freeform', label: 'Freeform', hint: 'One at a time; rules choose who is next.' },
  { mode: 'autonomous', label: 'Autonomous', hint: 'One at a time; a moderator chooses.' },
];

/** Fields that "More" hides while it is closed. */
const FOLDED = ['context', 'passes', 'rule', 'threshold', 'minRounds', 'moderator', 'judge', 'runOff', 'timeLimit',
  'maxTokens', 'budget', 'deadline', 'seed'];

/** @typedef {import('synod/start/question.js').PartProps & { agents: any[] }} RulesProps */

/** @param {RulesProps} props */
export function Order({ draft, errors, change, touch }) {
  return html`
    <fieldset class="order">
      <legend>Order of speakers</legend>
      <div class="choices three">
        ${MODES.map(
          ({ mode, label, hint }) =>
            html`<${Choice} key=${mode} name="mode" label=${label} hint=${hint} checked=${draft.mode === mode}
              onChange=${() => change({ mode })} />`,
        )}
      </div>
      <${NumberField} field="rounds" label="Rounds, at most" draft=${draft} errors=${errors}
        change=${change} touch=${touch} hint="After the opening, written before any participant reads the others. It ends sooner once enough agree." />
    </fieldset>
  `;
}

/** @param {RulesProps & { isOpen: boolean, onToggle: (isOpen: boolean) => void }} props */
export function More({ draft, errors, change, touch, agents, isOpen, onToggle }) {
  const refused = FOLDED.filter((field) => errors[field]).length;
  const number = { draft, errors, change, touch };
  const spare = agents.filter(({ agent_id }) => !draft.agents.includes(agent_id));
  const isPlurality = draft.rule === 'plurality';
  return html`
    <details class="ask-more" open=${isOpen}
      onToggle=${(/** @type {Event} */ event) => onToggle(/** @type {HTMLDetailsElement} */ (event.currentTarget).open)}>
      <summary>More <span class="soft">context, threshold, limits</span>
        ${!isOpen && refused > 0 && html`<span class="field-error">Something here needs a change.</span>`}
      </summary>
      <div class="ask-more-body">
        <${Context} draft=${draft} errors=${errors} change=${change} touch=${touch} />
        <fieldset>
          <legend>Decision</legend>
          <div class="choices">
            <${Choice} name="rule" label="A share of all" hint="The share below has to agree; two thirds have to vote for an option."
              checked=${isPlurality} onChange=${() => change({ rule: 'plurality' })} />
            <${Choice} name="rule" label="More than half" hint="Of all speakers, whether they vote or not."
              checked=${!isPlurality} onChange=${() => change({ rule: 'majority' })} />
          </div>
          <div class="grid">
            ${isPlurality &&
            html`<${NumberField} ...${number} field="threshold" label="Threshold" unit="% of all speakers" />`}
            <${NumberField} ...${number} field="minRounds" label="No decision before round" hint="0 lets the blind vote decide." />
          </div>
          <label class="check">
            <input type="checkbox" checked=${draft.runOff}
              onChange=${(/** @type {Event} */ event) => change({ runOff: /** @type {HTMLInputElement} */ (event.currentTarget).checked })} />
            <span>A tie at the end leads to a run-off</span>
          </label>
        </fieldset>
        <fieldset>
          <legend>Roles</legend>
          <div class="grid">
            <${AgentField} ...${number} field="judge" label="Judge" none="None" agents=${spare} hint="Breaks a tie; does not speak." />
            ${draft.mode === 'autonomous' &&
            html`<${AgentField} ...${number} field="moderator" label="Moderator" none="The model of the first speaker" agents=${spare}
              hint="Chooses who speaks; does not vote." />`}
          </div>
        </fieldset>
        <fieldset>
          <legend>Limits</legend>
          <div class="grid">
            <${NumberField} ...${number} field="passes" label="Turns of each per round" />
            <${NumberField} ...${number} field="maxTokens" label="Length of a statement" unit="tokens" />
            <${NumberField} ...${number} field="timeLimit" label="Time for a call" unit="seconds" />
            <${NumberField} ...${number} field="deadline" label="Time for the debate" unit="minutes" placeholder="no limit" />
            <${NumberField} ...${number} field="budget" label="Tokens, read and written" placeholder="no limit" />
            <${NumberField} ...${number} field="seed" label="Seed of the sampling" placeholder="random" />
          </div>
        </fieldset>
      </div>
    </details>
  `;
}

/** @param {any} props */
function NumberField({ field, label, hint, unit, placeholder, draft, errors, change, touch }) {
  const { min, max, isFraction } = /** @type {{ min: number, max: number, isFraction?: boolean }} */ (LIMITS[field]);
  return html`
    <${Field} id=${field} label=${label} hint=${hint} unit=${unit} error=${errors[field]} class="number">
      ${(/** @type {object} */ attributes) => html`
        <input
          ...${attributes}
          type="number"
          min=${min}
          max=${max}
          step=${isFraction ? 'any' : 1}
          inputmode=${isFraction ? 'decimal' : 'numeric'}
          placeholder=${placeholder}
          value=${draft[field]}
          onInput=${(/** @type {InputEvent} */ event) => change({ [field]: textOf(event) })}
          onBlur=${() => touch(field)}
        />
      `}
    <//>
  `;
}

/** @param {any} props */
function AgentField({ field, label, hint, none, agents, draft, errors, change, touch }) {
  return html`
    <${Field} id=${field} label=${label} hint=${hint} error=${errors[field]}>
      ${(/** @type {object} */ attributes) => html`
        <select ...${attributes} value=${draft[field]} onBlur=${() => touch(field)}
          onChange=${(/** @type {Event} */ event) => change({ [field]: textOf(event) })}>
          <option value="">${none}</option>
          ${agents.map(
            (/** @type {any} */ agent) => html`<option key=${agent.agent_id} value=${agent.agent_id}>${agent.name}</option>`,
          )}
        </select>
      `}
    <//>
  `;
}
