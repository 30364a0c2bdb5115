// The form of the start page: the draft, its errors, and what is done with them.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { api } from 'synod/api.js';
import { RepeatablePost } from 'synod/api/repeatable-post.js';
import { go } from 'synod/parts/navigate.js';
import { problemsOf, toRequest, withDefaults } from 'synod/start/draft.js';
import { refusalOf } from 'synod/start/estimate.js';
import { followUp } from 'synod/start/follow.js';
import { forget, keep, kept } from 'synod/start/kept.js';
import { usualPanel } from 'synod/start/usual-panel.js';

/** Fields that are in sight while "More" is closed. */
const VISIBLE = new Set(['question', 'options', 'agents', 'mode', 'rounds']);

/**
 * The draft, its errors, and what is done with them.
 *
 * @param {URLSearchParams} query
 * @param {ReturnType<typeof import('synod/start/found.js').useFound>} found
 */
export function useForm(query, found) {
  const draft = useSignal(kept());
  const isFilled = useSignal(false);
  const refused = useSignal(/** @type {Record<string, string>} */ ({}));
  const touched = useSignal(/** @type {Set<string>} */ (new Set()));
  const trouble = useSignal('');
  const isSending = useSignal(false);
  const isMoreOpen = useSignal(false);
  const earlier = useSignal(/** @type {import('synod/start/earlier.js').EarlierDebate | null} */ (null));
  const element = useRef(/** @type {HTMLFormElement | null} */ (null));
  const post = useRef(new RepeatablePost());
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
      document.getElementById('shortage')?.focus();
      return undefined;
    }
    const problems = problemsOf(draft.value);
    if (Object.keys(problems).length) return refuse(problems);
    isSending.value = true;
    trouble.value = '';
    try {
      const debate = await post.current.send('api/v1/debates', toRequest(draft.value));
      forget();
      go(`d/${debate.debate_id}`);
    } catch (error) {
      isSending.value = false;
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
