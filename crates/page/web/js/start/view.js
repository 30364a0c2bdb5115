// The start page: ask a question.

import { Trouble } from 'synod/list/trouble.js';
import { html } from 'synod/parts/html.js';
import { Text } from 'synod/parts/text.js';
import { Earlier } from 'synod/start/earlier.js';
import { EstimateLine, useEstimate } from 'synod/start/estimate.js';
import { useForm } from 'synod/start/form.js';
import { useFound } from 'synod/start/found.js';
import { AwayHosts, Models, Shortage, shortageOf } from 'synod/start/models.js';
import { Answers, QuestionField } from 'synod/start/question.js';
import { Recent } from 'synod/start/recent.js';
import { More, Order } from 'synod/start/rules.js';
import { Speakers } from 'synod/start/speakers.js';

/** @param {{ query: URLSearchParams }} props */
export function StartView({ query }) {
  const found = useFound();
  const form = useForm(query, found);
  const { draft, errors, change, touch } = form;
  const shortage = shortageOf(found);
  const isBlocked = shortage === 'hosts' || shortage === 'models' || shortage === 'agents';
  const estimated = useEstimate(form.isFilled && !isBlocked ? draft : null);
  const shown = form.shown(estimated.errors);
  const seats = new Map(estimated.estimate?.panel.map((seat) => [seat.agent_id, seat]) ?? []);
  const part = { draft, errors: shown, change, touch, agents: found.agents ?? [] };
  const submit = () => form.submit(isBlocked);
  return html`
    <div class="start-view">
      <form
        class="ask"
        novalidate
        ref=${form.element}
        onSubmit=${(/** @type {Event} */ event) => {
          event.preventDefault();
          submit();
        }}
      >
        ${isBlocked && html`<${Shortage} ...${found} />`}
        <${Earlier} earlier=${form.earlier} onDrop=${form.dropEarlier} />
        <${QuestionField} ...${part} onSubmit=${submit} hasExamples=${!query.has('follow_up')} />
        <${Answers} ...${part} />
        ${found.problem && html`<${Trouble} problem=${found.problem} onAgain=${found.again} />`}
        ${form.isFilled && html`<${Speakers} ...${part} seats=${seats} earlier=${form.earlier?.id} />`}
        <${Order} ...${part} />
        <${More} ...${part} isOpen=${form.isMoreOpen} onToggle=${form.toggleMore} />
        ${estimated.estimate?.cautions.map(
          (caution) => html`<p class="caution small" key=${caution}><${Text}>${caution}<//></p>`,
        )}
        <${AwayHosts} hosts=${found.hosts} />
        <div class="send">
          ${form.trouble && html`<p class="field-error" role="alert">${form.trouble}</p>`}
          <${EstimateLine} ...${estimated} trouble=${form.trouble ? '' : estimated.trouble} draft=${draft} isFilled=${form.isFilled} isBlocked=${isBlocked} />
          <button type="submit" class="primary" aria-disabled=${isBlocked || form.isSending}>
            ${form.isSending ? 'Starting…' : 'Start the debate'}
          </button>
        </div>
        <${FormErrors} errors=${errors} />
      </form>
      <aside class="beside" aria-label="Debates and models">
        ${shortage === 'demo' && html`<${Shortage} ...${found} />`}
        <${Recent} />
        <${Models} ...${found} />
      </aside>
    </div>
  `;
}

/** Says to screen readers how many fields were refused. @param {{ errors: Record<string, string> }} props */
function FormErrors({ errors }) {
  const count = Object.keys(errors).length;
  return html`<p class="visually-hidden" role="alert">
    ${count > 0 && `${count === 1 ? 'One field needs' : `${count} fields need`} a change.`}
  </p>`;
}
