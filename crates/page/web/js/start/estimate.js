// What a debate would need and cost: asked of the server as the form changes.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { ApiProblem, api } from 'synod/api.js';
import { Mark } from 'synod/parts/mark.js';
import { html } from 'synod/parts/html.js';
import { byField, problemsOf, toRequest } from 'synod/start/draft.js';
import { counted } from 'synod/parts/time.js';
import { duration } from 'synod/start/words.js';

/** The form is quiet for this long before the server is asked. */
const ESTIMATE_PAUSE_MS = 300;
/** Costs do not depend on the question: until there is one, they are asked for this. */
const ANY_QUESTION = '?';

/**
 * @typedef {object} Estimate
 * @property {{ agent_id: string, name: string, host: string, model: string }[]} panel
 * @property {number} needed
 * @property {number} of
 * @property {number} max_calls
 * @property {number | null} seconds
 * @property {'measured' | 'assumed' | null} basis
 * @property {string[]} cautions
 *
 * @typedef {object} Estimated
 * @property {Estimate | null} estimate null while none is known
 * @property {Record<string, string>} errors by field
 * @property {string} trouble why there is no estimate, if that lies not with a field
 */

/**
 * @param {import('synod/start/draft.js').Draft | null} draft null until the form is filled
 */
export function useEstimate(draft) {
  const estimated = useSignal(/** @type {Estimated} */ ({ estimate: null, errors: {}, trouble: '' }));
  const problems = draft ? problemsOf(draft) : {};
  const isComplete = draft && draft.agents.length >= 2 && !Object.keys(problems).length;
  const body = isComplete ? toRequest(draft) : null;
  const asked = body && JSON.stringify({ ...body, debate_topic: body.debate_topic || ANY_QUESTION });
  useEffect(() => {
    if (!asked || !draft) {
      estimated.value = { estimate: null, errors: {}, trouble: '' };
      return undefined;
    }
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const estimate = await api.post('api/v1/debates/estimate', JSON.parse(asked), { signal: stop.signal });
        estimated.value = { estimate, errors: {}, trouble: '' };
      } catch (error) {
        if (stop.signal.aborted) return;
        const refusal = refusalOf(draft, error);
        estimated.value = { estimate: null, ...refusal, trouble: isOfAnotherVersion(error) ? '' : refusal.trouble };
      }
    }, ESTIMATE_PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asked]);
  return { ...estimated.value, errors: { ...estimated.value.errors, ...problems } };
}

/** Whether the server has no estimates: a debate can be started nevertheless. @param {unknown} error */
function isOfAnotherVersion(error) {
  return error instanceof ApiProblem && (error.status === 405 || (error.status === 404 && error.detail === 'Not Found'));
}

/**
 * Sorts a refusal by fields. What belongs to none of them is told in a sentence.
 *
 * @param {import('synod/start/draft.js').Draft} draft what was sent
 * @param {unknown} error
 * @returns {{ errors: Record<string, string>, trouble: string }}
 */
export function refusalOf(draft, error) {
  if (!(error instanceof ApiProblem)) return { errors: {}, trouble: String(error) };
  const { '': other = '', ...errors } = byField(draft, error.fields);
  if (error.fields.length) return { errors, trouble: other };
  if (error.status === 404 && error.detail.startsWith('Agent not found')) {
    return { errors: { agents: `${error.detail}. It may have been removed meanwhile.` }, trouble: '' };
  }
  return { errors: {}, trouble: error.detail };
}

/**
 * The seats of the panel with the mark of how many are needed, and the cost in one sentence.
 *
 * @param {Estimated & { draft: import('synod/start/draft.js').Draft, isFilled: boolean, isBlocked: boolean }} props
 */
export function EstimateLine({ estimate, errors, trouble, draft, isFilled, isBlocked }) {
  const count = draft.agents.length;
  const reason = isBlocked ? 'No debate can start yet: see above what is missing.' : isFilled ? whyNot({ estimate, errors, trouble, count }) : ' ';
  return html`
    <div class="estimate">
      ${estimate && html`<${NeededSeats} needed=${estimate.needed} of=${estimate.of} />`}
      <p role="status" aria-label="Estimate">
        ${estimate
          ? html`<b>Needs ${estimate.needed} of ${estimate.of}</b> ${rulesOfVote(draft)}. At most ${counted(estimate.max_calls, 'call')}${timeOf(estimate)}`
          : html`<span class="soft">${reason}</span>`}
      </p>
    </div>
  `;
}

/** The rules that the needed votes come from; what is blank is chosen by the server. @param {import('synod/start/draft.js').Draft} draft */
function rulesOfVote({ rule, threshold, rounds }) {
  const share = rule === 'majority' ? 'more than half' : threshold.trim() && `${Number(threshold)} %`;
  return [share && `(${share})`, rounds.trim() && `within ${counted(Number(rounds), 'round')}`].filter(Boolean).join(', ');
}

/** @param {Estimate} estimate */
function timeOf({ seconds, basis, panel }) {
  if (seconds === null) return '. How long they take is known after the first calls.';
  const hosts = new Set(panel.map(({ host }) => host));
  const where = hosts.size > 1 ? 'these hosts' : 'this host';
  const time = duration(seconds);
  if (basis === 'assumed') return `, perhaps ${time} on ${where}: some of the models were not measured yet.`;
  return `, ${/^\d/.test(time) ? 'about ' : ''}${time} on ${where}.`;
}

/** @param {Estimated & { count: number }} props */
function whyNot({ errors, trouble, count }) {
  if (trouble) return trouble;
  if (errors.options) return errors.options;
  if (count < 2) return count === 1 ? 'One speaker cannot debate: choose another.' : 'Choose two speakers or more.';
  return Object.keys(errors).length ? 'Something above needs a change.' : ' ';
}

/** @param {{ needed: number, of: number }} props */
function NeededSeats({ needed, of }) {
  const seats = Array.from({ length: of }, (_, index) => index);
  return html`
    <div class="seats" aria-hidden="true">
      ${seats.map((index) => html`
        <${Mark} key=${index} index=${index} small />
        ${index + 1 === needed && html`<span class="need" key="need"></span>`}
      `)}
    </div>
  `;
}
