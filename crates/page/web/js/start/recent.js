// Running and recent debates beside the form.

import { api } from 'synod/api.js';
import { usePolled } from 'synod/api/poll.js';
import { Board } from 'synod/list/board.js';
import { Row } from 'synod/list/row.js';
import { Reconnecting } from 'synod/list/trouble.js';
import { html } from 'synod/parts/html.js';

const RECENT_INTERVAL_MS = 5000;
const RECENT_BOARDS = 2;
const ROWS = 5;

export function Recent() {
  const polled = usePolled((signal) => api.get('api/v1/debates?limit=8', { signal }), RECENT_INTERVAL_MS);
  const { data, problem } = polled.value;
  if (!data) return problem && html`<p class="hint">The list of debates cannot be read: ${problem.detail}</p>`;
  const live = data.debates.filter((/** @type {any} */ { status }) => status === 'running' || status === 'paused');
  const boards = live.slice(0, RECENT_BOARDS);
  const rest = data.debates.filter((/** @type {any} */ debate) => !boards.includes(debate)).slice(0, ROWS);
  return html`
    <${Reconnecting} problem=${problem} />
    ${boards.length > 0 &&
    html`<section class="aside-part" aria-labelledby="running">
      <h2 id="running">In progress</h2>
      <div class="stack">
        ${boards.map((/** @type {any} */ summary) => html`<${Board} key=${summary.debate_id} summary=${summary} onEnd=${polled.again} />`)}
      </div>
    </section>`}
    <section class="aside-part" aria-labelledby="recent">
      <h2 id="recent">Recent debates</h2>
      ${rest.length > 0
        ? html`<ul class="debate-rows">${rest.map((/** @type {any} */ summary) => html`<${Row} key=${summary.debate_id} summary=${summary} />`)}</ul>`
        : html`<p class="hint">${boards.length ? 'No others yet.' : 'None yet. Your first one will be here.'}</p>`}
      ${data.debates.length > 0 && html`<p class="small"><a href="d">All debates</a></p>`}
    </section>
  `;
}
