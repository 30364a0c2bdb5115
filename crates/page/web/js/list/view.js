// All debates: those that run as boards, the rest as a list with search and filters.

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';

import { api } from 'synod/api.js';
import { usePolled } from 'synod/api/poll.js';
import { Board } from 'synod/list/board.js';
import { DeleteDialog } from 'synod/debate/delete.js';
import { Filters, filterName, useFilter } from 'synod/list/filters.js';
import { usePages } from 'synod/list/pages.js';
import { Row } from 'synod/list/row.js';
import { html } from 'synod/parts/html.js';
import { Text } from 'synod/parts/text.js';
import { Reconnecting, Trouble } from 'synod/list/trouble.js';

const LIVE_INTERVAL_MS = 4000;
const MOST_BOARDS = 6;

/** @param {{ query: URLSearchParams }} props */
export function ListView({ query }) {
  const { search, status, show } = useFilter(query);
  const isFiltered = Boolean(search || status);
  const list = usePages(search, status);
  const live = useLive(list.update);
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
      <${Reconnecting} problem=${live.problem} />
      ${hasBoards &&
      html`<section aria-labelledby="live-debates">
        <h2 id="live-debates">${live.hasPaused ? 'Running and paused' : 'Running now'}${live.count > MOST_BOARDS && `, ${MOST_BOARDS} of ${live.count}`}</h2>
        <div class="boards">
          ${live.boards.map(
            (summary) => html`<${Board} key=${summary.debate_id} summary=${summary} onEnd=${live.again} />`,
          )}
        </div>
      </section>`}
      ${!(isEmpty && !isFiltered) && html`<${Filters} search=${search} status=${status} show=${show} />`}
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
        ${rows?.length === 0 && !list.cursor && html`<${Empty} search=${search} status=${status} hasBoards=${hasBoards} show=${show} />`}
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
      ${deleting.value && html`<${DeleteDialog} id=${deleting.value.debate_id} topic=${deleting.value.debate_topic} onClose=${() => (deleting.value = null)} onDone=${deleted} />`}
    </div>
  `;
}

/** @param {import('synod/list/filters.js').Filter & { hasBoards: boolean }} props */
function Empty({ search, status, show, hasBoards }) {
  const name = filterName(status);
  if (search || status) {
    return html`<div class="empty">
      <p>No debate matches${search ? html` “<${Text}>${search}<//>”` : ''}${status ? `${search ? ' among those' : ' the filter'} “${name}”` : ''}.</p>
      <p><button type="button" onClick=${() => show({ search: '', status: '' })}>Show all debates</button></p>
    </div>`;
  }
  if (hasBoards) return html`<p class="hint">No debate has ended yet.</p>`;
  return html`<div class="empty">
    <p>No debates yet.</p>
    <p class="soft">Ask a question here, or run <code>synod debate</code> on the same data: both are listed.</p>
    <p><a class="button primary" href="./">Ask the first question</a></p>
  </div>`;
}

/**
 * The debates that run or are paused.
 *
 * @param {(ids: string[]) => void} onGone called with those that no longer do
 */
function useLive(onGone) {
  const before = useRef(/** @type {string[]} */ ([]));
  const polled = usePolled(async (signal) => {
    const [running, paused] = await Promise.all(
      ['running', 'paused'].map((status) => api.get(`api/v1/debates?status=${status}&limit=50`, { signal })),
    );
    const debates = [...running.debates, ...paused.debates];
    const ids = debates.map(({ debate_id }) => debate_id);
    const gone = before.current.filter((id) => !ids.includes(id));
    before.current = ids;
    if (gone.length) onGone(gone);
    return debates;
  }, LIVE_INTERVAL_MS);
  const all = polled.value.data ?? [];
  const boards = all.slice(0, MOST_BOARDS);
  const hasPaused = boards.some(({ status }) => status === 'paused');
  return { boards, hasPaused, count: all.length, ids: new Set(boards.map(({ debate_id }) => debate_id)), again: polled.again, problem: polled.value.problem };
}
