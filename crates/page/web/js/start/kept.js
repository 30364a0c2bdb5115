// The draft of a question, kept in the session of the tab.

import { newDraft } from 'synod/start/draft.js';

const KEPT = 'synod.draft';

/** What was typed survives a reload. */
export function kept() {
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
export function keep({ question, context, closed, options }) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ question, context, closed, options }));
  } catch {
    // Storage is disabled or full: the draft lasts until the page is left.
  }
}

export function forget() {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // Storage is disabled: nothing is kept there.
  }
}
