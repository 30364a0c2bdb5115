// The pages of the list that were read so far.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { ApiProblem, api } from 'synod/api.js';

const DEBATES_PAGE = 25;

/**
 * @param {string} search
 * @param {string} status
 */
export function usePages(search, status) {
  const state = useSignal({
    debates: /** @type {any[] | null} */ (null),
    cursor: /** @type {string | null} */ (null),
    problem: /** @type {ApiProblem | null} */ (null),
    isReading: false,
  });
  const stop = useRef(new AbortController());

  /**
   * @param {string | null} cursor
   * @param {(page: any) => { debates: any[], cursor: string | null }} merge joins a page with what is known
   */
  const read = async (cursor, merge) => {
    stop.current.abort();
    stop.current = new AbortController();
    const { signal } = stop.current;
    const query = new URLSearchParams({ limit: String(DEBATES_PAGE) });
    if (search) query.set('search', search);
    if (status) query.set('status', status);
    if (cursor) query.set('cursor', cursor);
    state.value = { ...state.value, isReading: true, problem: null };
    try {
      const page = await api.get(`api/v1/debates?${query}`, { signal });
      state.value = { ...merge(page), problem: null, isReading: false };
    } catch (error) {
      if (signal.aborted) return;
      state.value = { ...state.value, problem: ApiProblem.of(error), isReading: false };
    }
  };

  const reload = () => read(null, (page) => ({ debates: page.debates, cursor: page.next_cursor }));
  const more = () => {
    const { cursor, isReading } = state.value;
    if (!cursor || isReading) return;
    // Rows may be deleted or refreshed while the page is being read.
    read(cursor, (page) => ({ debates: merged(state.value.debates ?? [], page.debates), cursor: page.next_cursor }));
  };
  /** Reads the summaries of debates whose state has changed. @param {string[]} ids */
  const update = async (ids) => {
    const { signal } = stop.current;
    const pages = await Promise.allSettled(ids.map((id) => api.get(`api/v1/debates?id=${id}`, { signal })));
    if (signal.aborted) return;
    const fresh = pages.flatMap((page) => (page.status === 'fulfilled' ? page.value.debates : []));
    const listed = merged(fresh, state.value.debates ?? []).filter((debate) => !status || debate.status === status);
    const known = new Set(state.value.debates?.map(({ debate_id }) => debate_id));
    // With a filter, only what is listed already: another may not match the search.
    const debates = search || status ? listed.filter(({ debate_id }) => known.has(debate_id)) : listed;
    state.value = { ...state.value, debates: debates.sort(newestFirst) };
  };
  /** @param {string} id of a debate that was deleted */
  const drop = (id) => {
    const { debates } = state.value;
    state.value = { ...state.value, debates: debates && debates.filter(({ debate_id }) => debate_id !== id) };
  };

  useEffect(() => {
    reload();
    document.addEventListener('synod:key', reload);
    return () => {
      document.removeEventListener('synod:key', reload);
      stop.current.abort();
    };
  }, [search, status]);
  return { ...state.value, more, reload, update, drop };
}

/** @param {any} one @param {any} other */
const newestFirst = (one, other) => (one.created_at < other.created_at ? 1 : one.created_at > other.created_at ? -1 : 0);

/** Debates of both lists, each once, as the first list that has it says. @param {any[]} first @param {any[]} second */
function merged(first, second) {
  const known = new Set(first.map(({ debate_id }) => debate_id));
  return [...first, ...second.filter(({ debate_id }) => !known.has(debate_id))];
}
