// The start page: ask a question.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { ApiProblem, api, newIdempotencyKey } from 'synod/api.js';
import { usePolled } from 'synod/api/poll.js';
import { Trouble } from 'synod/list/trouble.js';
import { html } from 'synod/parts/html.js';
import { go } from 'synod/parts/navigate.js';
import { Text } from 'synod/parts/text.js';
import { listed } from 'synod/parts/time.js';
import { newDraft, problemsOf, toRequest, withDefaults } from 'synod/start/draft.js';
import { EstimateLine, refusalOf, useEstimate } from 'synod/start/estimate.js';
import { followUp } from 'synod/start/follow.js';
import { AwayHosts, Models, Shortage, shortageOf } from 'synod/start/models.js';
import { Answers, Question } from 'synod/start/question.js';
import { Recent } from 'synod/start/recent.js';
import { More, Order } from 'synod/start/rules.js';
import { Speakers, usualPanel } from 'synod/start/speakers.js';

const KEPT = 'synod.draft';
const FOUND_INTERVAL_MS = 4000;

/** @param {{ query: URLSearchParams }} props */
export function View({ query }) {
  const found = useFound();
  const form = useForm(query, found);
  const { draft, errors, change, touch } = form;
  const estimated = useEstimate(form.isFilled ? draft : null);
  const shown = form.shown(estimated.errors);
  const shortage = shortageOf(found);
  const isBlocked = shortage === 'hosts' || shortage === 'models' || shortage === 'agents';
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
        <${Question} ...${part} onSubmit=${submit} hasExamples=${!query.has('follow_up')} />
        <${Answers} ...${part} />
        ${found.problem && html`<${Trouble} problem=${found.problem} onAgain=${found.again} />`}
        ${form.isFilled && html`<${Speakers} ...${part} seats=${seats} />`}
        <${Order} ...${part} />
        <${More} ...${part} isOpen=${form.isMoreOpen} onToggle=${form.toggleMore} />
        ${estimated.estimate?.cautions.map(
          (caution) => html`<p class="caution small" key=${caution}><${Text}>${caution}<//></p>`,
        )}
        <${AwayHosts} hosts=${found.hosts} />
        <div class="send">
          ${form.trouble && html`<p class="field-error" role="alert">${form.trouble}</p>`}
          <${EstimateLine} ...${estimated} count=${draft.agents.length} isFilled=${form.isFilled} />
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

/** What this server has: agents, models, hosts. Models and hosts are asked for again: they come and go. */
function useFound() {
  const page = usePolled((signal) => api.get('api/v1/page', { signal }), 0);
  const agents = usePolled((signal) => api.get('api/v1/agents', { signal }), FOUND_INTERVAL_MS * 4);
  const models = usePolled((signal) => api.get('ollama/models', { signal }), FOUND_INTERVAL_MS);
  const hosts = usePolled((signal) => api.get('api/v1/hosts', { signal }), FOUND_INTERVAL_MS);
  const problem = agents.value.data ? null : agents.value.problem;
  // 503: no host responds.
  const noModels = models.value.problem?.status === 503 ? [] : undefined;
  return {
    page: page.value.data,
    isPageKnown: Boolean(page.value.data ?? page.value.problem),
    agents: agents.value.data?.agents,
    models: noModels ?? models.value.data?.models,
    hosts: hosts.value.data?.hosts,
    problem,
    again: () => [page, agents, models, hosts].forEach((polled) => polled.again()),
  };
}

/**
 * The draft, its errors, and what is done with them.
 *
 * @param {URLSearchParams} query
 * @param {ReturnType<typeof useFound>} found
 */
function useForm(query, found) {
  const draft = useSignal(kept());
  const isFilled = useSignal(false);
  const refused = useSignal(/** @type {Record<string, string>} */ ({}));
  const touched = useSignal(/** @type {Set<string>} */ (new Set()));
  const trouble = useSignal('');
  const isSending = useSignal(false);
  const isMoreOpen = useSignal(false);
  const earlier = useSignal(/** @type {EarlierDebate | null} */ (null));
  const element = useRef(/** @type {HTMLFormElement | null} */ (null));
  const sent = useRef({ body: '', key: '' });
  const followed = query.get('follow_up');
  const asked = query.get('question');

  const change = (/** @type {Partial<import('synod/start/draft.js').Draft>} */ changes) => {
    draft.value = { ...draft.value, ...changes };
    keep(draft.value);
    if (trouble.value) trouble.value = '';
    const stale = Object.keys(refused.value).filter((field) => field in changes || wholeOf(field) in changes);
    if (stale.length) {
      refused.value = Object.fromEntries(Object.entries(refused.value).filter(([field]) => !stale.includes(field)));
    }
  };
  const touch = (/** @type {string} */ field) => {
    if (!touched.value.has(field)) touched.value = new Set([...touched.value, field]);
  };

  const isReady = Boolean(found.agents) && found.isPageKnown;
  useEffect(() => {
    if (!isReady) return undefined;
    const agents = found.agents ?? [];
    const usual = usualPanel(agents, found.page?.defaults?.agents);
    const filled = { ...withDefaults(draft.peek(), found.page?.defaults), agents: usual };
    draft.value = asked ? { ...filled, question: asked } : filled;
    isFilled.value = true;
    if (!followed) return undefined;
    const stop = new AbortController();
    api.get(`api/v1/debates/${encodeURIComponent(followed)}`, { signal: stop.signal }).then(
      (view) => {
        const { changes, gone } = followUp(view, agents.map((/** @type {any} */ { agent_id }) => agent_id));
        draft.value = { ...draft.peek(), ...changes };
        earlier.value = { id: followed, view, gone };
      },
      (error) => {
        if (!stop.signal.aborted) trouble.value = `The debate to follow up on cannot be read: ${error.message}.`;
      },
    );
    return () => stop.abort();
  }, [isReady, followed, asked]);

  /** @param {Record<string, string>} errors */
  const refuse = (errors) => {
    refused.value = errors;
    if (Object.keys(errors).some((field) => !VISIBLE.has(wholeOf(field)))) isMoreOpen.value = true;
    requestAnimationFrame(() => {
      const first = element.current?.querySelector('[aria-invalid="true"]');
      if (first instanceof HTMLElement) first.focus();
    });
  };

  const submit = async (/** @type {boolean} */ isBlocked) => {
    if (isSending.value) return;
    if (!draft.value.question.trim()) return refuse({ question: 'Ask a question first.' });
    if (draft.value.agents.length < 2) return refuse({ agents: 'Choose two speakers or more.' });
    if (isBlocked) {
      trouble.value = 'No debate can start yet: see above what is missing.';
      return undefined;
    }
    const problems = problemsOf(draft.value);
    if (Object.keys(problems).length) return refuse(problems);
    const body = toRequest(draft.value);
    const text = JSON.stringify(body);
    // The same request keeps its key, so that a second attempt starts no second debate.
    if (sent.current.body !== text) sent.current = { body: text, key: newIdempotencyKey() };
    isSending.value = true;
    trouble.value = '';
    try {
      const debate = await api.post('api/v1/debates', body, { idempotencyKey: sent.current.key });
      forget();
      go(`d/${debate.debate_id}`);
    } catch (error) {
      isSending.value = false;
      if (!(error instanceof ApiProblem && error.isTransient)) sent.current = { body: '', key: '' };
      const refusal = refusalOf(draft.value, error);
      trouble.value = refusal.trouble;
      refuse(refusal.errors);
    }
    return undefined;
  };

  return {
    draft: draft.value,
    isFilled: isFilled.value,
    errors: refused.value,
    /** Errors of an estimate are shown beside fields that the reader has left. @param {Record<string, string>} estimated */
    shown: (estimated) => {
      const seen = Object.entries(estimated).filter(([field]) => field !== 'question' && isTouched(touched.value, field));
      return { ...Object.fromEntries(seen), ...refused.value };
    },
    trouble: trouble.value,
    isSending: isSending.value,
    isMoreOpen: isMoreOpen.value,
    toggleMore: (/** @type {boolean} */ isOpen) => (isMoreOpen.value = isOpen),
    earlier: earlier.value,
    dropEarlier: () => {
      earlier.value = null;
      draft.value = { ...draft.value, context: '' };
      go('./', { replace: true });
    },
    change,
    touch,
    submit,
    element,
  };
}

/** The field of an entry: `options` of `options.2`. @param {string} field */
const wholeOf = (field) => field.replace(/\..*$/, '');

/** Fields that are in sight while "More" is closed. */
const VISIBLE = new Set(['question', 'options', 'agents', 'mode', 'rounds']);

/**
 * Whether the message of a field may be shown: the list of options is complete when its second one was left.
 *
 * @param {Set<string>} touched
 * @param {string} field
 */
function isTouched(touched, field) {
  if (field === 'options') return touched.has('options.1');
  return touched.has(field) || !['options', 'context'].includes(wholeOf(field));
}

/**
 * @typedef {object} EarlierDebate
 * @property {string} id
 * @property {any} view
 * @property {string[]} gone names of participants whose agents were removed
 */

/** @param {{ earlier: EarlierDebate | null, onDrop: () => void }} props */
function Earlier({ earlier, onDrop }) {
  if (!earlier) return null;
  const { id, view, gone } = earlier;
  const answer = view.verdict?.answer?.text;
  return html`
    <div class="earlier">
      <p>
        Follows up on <a href=${`d/${id}`}><${Text}>${view.config.debate_topic}<//></a>${answer && html`: <b><${Text}>${answer}<//></b>`}.
        <span class="soft"> All speakers read its question and its verdict: see the context under “More”.</span>
        ${gone.length > 0 && html`<span class="soft"> <${Text}>${listed(gone)}<//> ${gone.length === 1 ? 'is' : 'are'} no longer an agent here.</span>`}
      </p>
      <button type="button" class="quiet" onClick=${onDrop}>Ask without it</button>
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

/** What was typed survives a reload. */
function kept() {
  try {
    const { question, context, closed, options } = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
    const draft = newDraft();
    const isList = Array.isArray(options) && options.length >= 2 && options.every((text) => typeof text === 'string');
    return {
      ...draft,
      question: typeof question === 'string' ? question : '',
      context: typeof context === 'string' ? context : '',
      closed: closed === true,
      options: isList ? options : draft.options,
    };
  } catch {
    return newDraft();
  }
}

/** @param {import('synod/start/draft.js').Draft} draft */
function keep({ question, context, closed, options }) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ question, context, closed, options }));
  } catch {
    // Storage is disabled or full: the draft lasts until the page is left.
  }
}

function forget() {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // Storage is disabled: nothing is kept there.
  }
}
