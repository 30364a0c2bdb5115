// A running debate at a glance: question, round, who leads and by how much, who speaks.

import { useRef } from 'preact/hooks';

import { api } from 'synod/api.js';
import { usePolled } from 'synod/api/poll.js';
import { callsBefore, readOn } from 'synod/list/read-calls.js';
import { voteName } from 'synod/debate/standing.js';
import { pauseInWords } from 'synod/debate/words.js';
import { doing, doingTogether, phase, standingOf } from 'synod/list/words.js';
import { html } from 'synod/parts/html.js';
import { Mark, OptionMark } from 'synod/parts/mark.js';
import { Text, onOneLine } from 'synod/parts/text.js';
import { counted, listed } from 'synod/parts/time.js';

const BOARD_INTERVAL_MS = 1500;
/** So many answers of one debate are shown. */
const SHOWN = 3;
/** With more speakers, votes are a bar without their marks. */
const MARKED = 8;

/** @param {{ summary: any, onEnd?: () => void }} props */
export function Board({ summary, onEnd }) {
  const { view, open } = useDebate(summary, onEnd);
  const status = view?.status ?? summary.status;
  return html`
    <article class="board card" aria-labelledby=${`board-${summary.debate_id}`}>
      <p class="board-now small">
        <span class=${status === 'paused' ? 'live-dot paused' : 'live-dot'} aria-hidden="true"></span>
        ${status === 'paused'
          ? html`<b>Paused</b><span class="soft">${pauseDetail(view ?? summary)}</span>`
          : view
            ? html`<b>${phase(view).round}</b><span class="soft">${phase(view).part}</span>`
            : html`<b>Running</b>`}
      </p>
      <h3 class="board-question" dir="auto" id=${`board-${summary.debate_id}`}>
        <a class="plain" href=${`d/${summary.debate_id}`}>${onOneLine(summary.debate_topic)}</a>
      </h3>
      ${view && html`<${Standing} view=${view} /><${Speaking} view=${view} open=${open} />`}
    </article>
  `;
}

/** @param {any} debate */
const pauseDetail = ({ pause }) => (pause ? pauseInWords(pause).replace(/^Paused(: )?/, '') : '');

/**
 * Reads the log in steps, and the whole view only if something was added.
 *
 * @param {any} summary
 * @param {(() => void) | undefined} onEnd
 */
function useDebate(summary, onEnd) {
  const id = summary.debate_id;
  const known = useRef({ view: /** @type {any} */ (null), calls: callsBefore(summary) });
  const polled = usePolled(
    async (signal) => {
      let { view, calls } = known.current;
      const before = calls.after;
      calls = await readOn(id, calls, signal);
      if (!view || calls.after !== before) {
        view = await api.get(`api/v1/debates/${id}`, { signal });
        if (calls.after < view.seq) calls = await readOn(id, calls, signal);
      }
      known.current = { view, calls };
      if (view.outcome) onEnd?.();
      return known.current;
    },
    BOARD_INTERVAL_MS,
    [id],
  );
  const data = polled.value.data;
  return { view: data?.view, open: [...(data?.calls.open.values() ?? [])] };
}

/** @param {{ view: any }} props */
function Standing({ view }) {
  const { needs, of } = view.limits;
  const indexes = new Map(view.participants.map((/** @type {any} */ seat, /** @type {number} */ index) => [seat.agent_id, index]));
  const options = view.rounds.length ? standingOf(view) : [];
  const hasMarks = of <= MARKED;
  if (!options.length) {
    return html`<p class="soft small board-standing">No vote yet. ${needs} of ${of} needed.</p>`;
  }
  return html`
    <ul class="board-standing">
      ${options.slice(0, SHOWN).map(
        ({ id, text, votes, voters }, place) => html`
          <li key=${id}>
            <span class="clip" dir="auto"><${OptionMark} index=${view.options.findIndex((/** @type {any} */ option) => option.id === id)} /><${Text} title=${text}>${text}<//></span>
            <span class="soft small nowrap">${votes}${place === 0 ? ` of ${of}` : ''}</span>
            <span class=${hasMarks ? 'board-lane' : 'board-lane shares'} aria-hidden="true" style=${{ '--of': of, '--needs': needs, '--votes': votes }}>
              ${hasMarks && voters.map((voter) => html`<${Mark} key=${voter} index=${indexes.get(voter) ?? 0} small />`)}
              ${place === 0 && html`<span class="board-need"></span>`}
            </span>
          </li>
        `,
      )}
    </ul>
    <p class="soft small">
      ${options.length > SHOWN && `${options.length - SHOWN} more. `}${voteName({ round: view.rounds[view.rounds.length - 1].round, runOff: false })}, ${needs} of ${of} needed.
    </p>
  `;
}

/** @param {{ view: any, open: { agent_id: string, purpose: string }[] }} props */
function Speaking({ view, open }) {
  if (view.status !== 'running') return null;
  const seats = view.participants;
  const named = open.map(({ agent_id, purpose }) => {
    const index = seats.findIndex((/** @type {any} */ seat) => seat.agent_id === agent_id);
    const seat = seats[index] ?? [view.moderator, view.judge].find((other) => other?.agent_id === agent_id);
    return { index, name: seat?.name ?? agent_id, purpose };
  });
  named.sort((a, b) => a.index - b.index);
  const [first, ...others] = named;
  if (!first) return html`<p class="board-speaking soft small">Between two calls</p>`;
  const purposes = new Set(named.map(({ purpose }) => purpose));
  const names = named.map(({ name }) => name);
  return html`
    <p class="board-speaking small">
      ${named.map(({ index, name }) => index >= 0 && html`<${Mark} key=${index} index=${index} small title=${name} />`)}
      <span class="board-names clip">
        ${names.length <= 2 ? html`<${Text}>${listed(names)}<//>` : counted(names.length, 'speaker')}
        <span class="soft"> ${others.length ? doingTogether(purposes) : doing(first.purpose)}</span>
      </span>
    </p>
  `;
}
