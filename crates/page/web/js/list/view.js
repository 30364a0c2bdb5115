// All debates: those that run as boards, the rest as a list with search and filters.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { ApiProblem, api } from 'synod/api.js';
import { usePolled } from 'synod/api/poll.js';
import { Board } from 'synod/list/board.js';
import { DeleteDialog } from 'synod/list/delete.js';
import { Row } from 'synod/list/row.js';
import { html } from 'synod/parts/html.js';
import { go } from 'synod/parts/navigate.js';
import { Text } from 'synod/parts/text.js';
import { Trouble } from 'synod/list/trouble.js';

const LIVE_INTERVAL_MS = 4000;
const BOARDS = 6;
const PAGE = 25;
/** The search waits for this long after the last key. */
const PAUSE_MS = 250;

/** @type {[string, string][]} */
const FILTERS = [
  ['', 'All'],
  ['running', 'Running'],
  ['paused', 'Paused'],
  ['completed', 'Ended'],
  ['stopped', 'Stopped'],
  ['failed', 'Failed'],
];

/** @param {{ query: URLSearchParams }} props */
export function View({ query }) {
  const search = query.get('search') ?? '';
  const status = query.get('status') ?? '';
  const isFiltered = Boolean(search || status);
  const live = useLive();
  const list = usePages(search, status);
  const deleting = useSignal(/** @type {any} */ (null));
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  const debates = list.debates;
  const hasBoards = live.boards.length > 0 && !isFiltered;
  const rows = debates?.filter((/** @type {any} */ debate) => isFiltered || !live.ids.has(debate.debate_id));
  const isEmpty = debates?.length === 0 && !list.cursor;
  const deleted = () => {
    list.drop(deleting.value.debate_id);
    deleting.value = null;
    heading.current?.focus();
  };
  return html`
    <div class="list-view">
      <div class="list-head">
        <h1 tabindex="-1" ref=${heading}>Debates</h1>
        ${!(isEmpty && !isFiltered) && html`<a class="button primary" href="./">Ask a question</a>`}
      </div>
      ${hasBoards &&
      html`<section aria-labelledby="live-debates">
        <h2 id="live-debates">${live.count > BOARDS ? `Running now, ${BOARDS} of ${live.count}` : 'Running now'}</h2>
        <div class="boards">
          ${live.boards.map(
            (summary) => html`<${Board} key=${summary.debate_id} summary=${summary}
              onEnd=${() => {
                live.again();
                list.reload();
              }} />`,
          )}
        </div>
      </section>`}
      ${!(isEmpty && !isFiltered) && html`<${Filters} search=${search} status=${status} />`}
      <section aria-labelledby="listed-debates">
        <h2 id="listed-debates" class=${hasBoards ? '' : 'visually-hidden'}>${hasBoards ? 'Earlier' : 'List'}</h2>
        ${rows && rows.length > 0 && html`
          <ul class="debate-rows">
            ${rows.map(
              (/** @type {any} */ summary) =>
                html`<${Row} key=${summary.debate_id} summary=${summary} onDelete=${() => (deleting.value = summary)} />`,
            )}
          </ul>
        `}
        ${rows?.length === 0 && !list.cursor && html`<${Empty} search=${search} status=${status} hasBoards=${hasBoards} />`}
        ${list.cursor && html`<p class="show-more-line">
          <button type="button" class="show-more" onClick=${list.more} aria-disabled=${list.isReading}>
            ${list.isReading ? 'Reading…' : 'Show more'}
          </button>
        </p>`}
        <p class="visually-hidden" role="status">
          ${rows && `${rows.length}${list.cursor ? ' or more' : ''} ${rows.length === 1 ? 'debate' : 'debates'} listed.`}
        </p>
        ${list.problem && html`<${Trouble} problem=${list.problem} onAgain=${list.reload} />`}
      </section>
      ${deleting.value && html`<${DeleteDialog} summary=${deleting.value} onClose=${() => (deleting.value = null)} onDone=${deleted} />`}
    </div>
  `;
}

/** @param {{ search: string, status: string }} props */
function Filters({ search, status }) {
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const typed = useSignal(search);
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = (/** @type {{ search?: string, status?: string }} */ wanted) => {
    const query = new URLSearchParams();
    const next = { search: typed.value.trim(), status, ...wanted };
    if (next.search) query.set('search', next.search);
    if (next.status) query.set('status', next.status);
    const text = query.toString();
    clearTimeout(timer.current);
    go(text ? `d?${text}` : 'd', { replace: true });
  };
  return html`
    <form
      class="filters"
      role="search"
      aria-label="Debates"
      onSubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        show({});
      }}
    >
      <input
        type="search"
        aria-label="Search the questions"
        placeholder="Search the questions"
        dir="auto"
        maxlength="1000"
        value=${typed.value}
        onInput=${(/** @type {Event} */ event) => {
          typed.value = /** @type {HTMLInputElement} */ (event.currentTarget).value;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => show({}), PAUSE_MS);
        }}
      />
      <fieldset class="tabs">
        <legend class="visually-hidden">Status</legend>
        ${FILTERS.map(
          ([value, label]) => html`<label key=${value}>
            <input type="radio" name="status" value=${value} checked=${status === value} onChange=${() => show({ status: value })} />
            ${label}
          </label>`,
        )}
      </fieldset>
    </form>
  `;
}

/** @param {{ search: string, status: string, hasBoards: boolean }} props */
function Empty({ search, status, hasBoards }) {
  const name = FILTERS.find(([value]) => value === status)?.[1].toLowerCase();
  if (search || status) {
    return html`<div class="empty">
      <p>No debate matches${search ? html` “<${Text}>${search}<//>”` : ''}${status ? `${search ? ' among those' : ' the filter'} “${name}”` : ''}.</p>
      <p><a class="button" href="d">Show all debates</a></p>
    </div>`;
  }
  if (hasBoards) return html`<p class="hint">No debate has ended yet.</p>`;
  return html`<div class="empty">
    <p>No debates yet.</p>
    <p class="soft">Ask a question here, or run <code>synod debate</code> on the same data: both are listed.</p>
    <p><a class="button primary" href="./">Ask the first question</a></p>
  </div>`;
}

/** The debates that run or are paused. */
function useLive() {
  const polled = usePolled(async (signal) => {
    const [running, paused] = await Promise.all(
      ['running', 'paused'].map((status) => api.get(`api/v1/debates?status=${status}&limit=50`, { signal })),
    );
    return [...running.debates, ...paused.debates];
  }, LIVE_INTERVAL_MS);
  const all = polled.value.data ?? [];
  const boards = all.slice(0, BOARDS);
  return { boards, count: all.length, ids: new Set(boards.map(({ debate_id }) => debate_id)), again: polled.again };
}

/**
 * The pages of the list that were read so far.
 *
 * @param {string} search
 * @param {string} status
 */
function usePages(search, status) {
  const state = useSignal({
    debates: /** @type {any[] | null} */ (null),
    cursor: /** @type {string | null} */ (null),
    problem: /** @type {ApiProblem | null} */ (null),
    isReading: false,
  });
  const stop = useRef(new AbortController());

  /** @param {string | null} cursor @param {any[]} before */
  const read = async (cursor, before) => {
    stop.current.abort();
    stop.current = new AbortController();
    const { signal } = stop.current;
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (search) query.set('search', search);
    if (status) query.set('status', status);
    if (cursor) query.set('cursor', cursor);
    state.value = { ...state.value, isReading: true, problem: null };
    try {
      const page = await api.get(`api/v1/debates?${query}`, { signal });
      const known = new Set(before.map(({ debate_id }) => debate_id));
      const added = page.debates.filter((/** @type {any} */ { debate_id }) => !known.has(debate_id));
      state.value = { debates: [...before, ...added], cursor: page.next_cursor, problem: null, isReading: false };
    } catch (error) {
      if (signal.aborted) return;
      const problem = error instanceof ApiProblem ? error : new ApiProblem({ status: -1, title: 'Fault of this page', detail: String(error) });
      state.value = { ...state.value, problem, isReading: false };
    }
  };
  const reload = () => read(null, []);
  useEffect(() => {
    reload();
    return () => stop.current.abort();
  }, [search, status]);
  return {
    ...state.value,
    more: () => state.value.cursor && !state.value.isReading && read(state.value.cursor, state.value.debates ?? []),
    reload,
    /** @param {string} id */
    drop: (id) => {
      const { debates } = state.value;
      state.value = { ...state.value, debates: debates && debates.filter(({ debate_id }) => debate_id !== id) };
    },
  };
}
