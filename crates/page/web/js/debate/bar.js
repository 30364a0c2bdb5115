// The line that is always in sight: state and round, the tally against what is needed, the time, the controls.

import { useEffect, useRef } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { OptionMark } from 'synod/parts/mark.js';
import { onOneLine, Text } from 'synod/parts/text.js';
import { clock, counted, dateTime } from 'synod/parts/time.js';
import { elapsed, progress, shortNames, standing, voteName } from 'synod/debate/standing.js';
import { OUTCOMES_SHORT } from 'synod/debate/conclusion.js';
import { pauseInWords } from 'synod/debate/words.js';

/**
 * @param {{ state: any, seenAt: () => number, connection: import('@preact/signals').Signal<string>, children?: any, onGlance?: () => void, replaying?: boolean, readOnly?: boolean }} props
 */
export function Bar({ state, seenAt, connection, children, onGlance, replaying = false, readOnly = false }) {
  return html`<div class="bar" role="region" aria-label="State of the debate">
    <div class="bar-in">
      <div class="left">
        <p class="bar-topic" aria-hidden="true" dir="auto">${onOneLine(state.setup?.config?.debate_topic ?? '')}</p>
        <p class="at-now"><${Now} state=${state} replaying=${replaying} /></p>
      </div>
      ${state.status !== 'closed' && html`<${Tally} state=${state} onGlance=${onGlance} />`}
      ${state.status !== 'unknown' && state.status !== 'closed' && html`<${Elapsed} state=${state} seenAt=${seenAt} still=${replaying} />`}
      <${Connection} connection=${connection} />
      ${readOnly && html`<span class="tag">Read-only</span>`}
      <div class="controls">${children}</div>
    </div>
  </div>`;
}

/** @param {{ state: any, replaying: boolean }} props */
function Now({ state, replaying }) {
  const [what, more] = stateInWords(state);
  const dot = replaying ? '' : state.status === 'running' ? 'live-dot' : state.status === 'paused' ? 'live-dot paused' : '';
  return html`${dot && html`<i class=${dot} aria-hidden="true" />`}
    ${replaying && html`<span class="tag">Replay</span>`}
    <b>${STATUS_WORDS[state.status] && html`<span class="visually-hidden">${STATUS_WORDS[state.status]}: </span>`}${what}</b>${' '}${more && html`<span class="soft">${more}</span>`}`;
}

/** @type {Record<string, string>} */
const CONNECTIONS = {
  waiting: 'Reconnecting…',
  refused: 'Not connected',
};

/** What is wrong with the connection. A part of its own: its changes draw nothing else again. @param {{ connection: import('@preact/signals').Signal<string> }} props */
function Connection({ connection }) {
  const words = CONNECTIONS[connection.value];
  return words && html`<span class="reconnect" role="status">${words}</span>`;
}

/** @type {Record<string, string>} */
const STATUS_WORDS = { running: 'Running', closed: 'Ended' };

/** The state in a few words, and a few more. @param {any} state @returns {[string, string]} */
export function stateInWords(state) {
  if (state.status === 'unknown') return ['Opening…', ''];
  if (state.status === 'initialized') return ['Not started', ''];
  if (state.status === 'gone') return ['No longer available', ''];
  if (state.status === 'closed') {
    const { outcome, round } = state.verdict;
    const rounds = round === null || round === undefined ? '' : round === 0 ? ' · after the blind vote' : ` · round ${round} of at most ${state.setup?.config?.max_rounds ?? '?'}`;
    return [OUTCOMES_SHORT[outcome] ?? onOneLine(outcome), `${dateTime(state.at)} · ${clock(state.runningMs)}${rounds}`];
  }
  if (state.status === 'paused') {
    const words = pauseInWords(state.pause ?? {});
    const open = Object.keys(state.calls).length;
    if (words === 'Paused' && open > 0) return ['Paused', `${counted(open, 'open call')} ${open === 1 ? 'ends' : 'end'} first`];
    return ['Paused', words === 'Paused' ? `in ${state.round === 0 ? 'the opening' : `round ${state.round}`}` : words.replace(/^Paused: /, '')];
  }
  return [state.round === 0 ? 'Opening' : `Round ${state.round} of ${state.setup?.config?.max_rounds ?? '?'}`, stageInWords(state)[1]];
}

/** @param {any} state @returns {[string, string]} */
function stageInWords(state) {
  const p = progress(state);
  const round = p.round === 0 ? 'opening' : `round ${p.round}`;
  const pass = p.pass !== null && p.passes > 1 ? `pass ${p.pass} of ${p.passes}` : '';
  switch (p.stage) {
    case 'opening':
      return [round, `blind · ${p.done} of ${p.of} spoke`];
    case 'options':
      return [round, 'the clerk lists the answers'];
    case 'discussion':
      return [round, state.setup?.config?.debate_mode === 'structured' ? `${pass ? `${pass} · ` : ''}${p.done} of ${p.of} spoke` : `turn ${Math.min(p.done + 1, p.of)} of at most ${p.of}`];
    case 'voting':
      return [round, `${p.round === 0 ? 'blind vote' : 'vote'} · ${p.done} of ${p.of} in`];
    case 'run_off':
      return [round, `run-off · ${p.done} of ${p.of} in`];
    case 'judging':
      return [round, 'the judge rules on the tie'];
    default:
      return [round, 'begins'];
  }
}

/** Names of options have at most so many characters here: the places beside have them in full. */
const SHORT = 20;

/** The latest vote against what is needed. @param {{ state: any, onGlance?: () => void }} props */
function Tally({ state, onGlance }) {
  const s = standing(state);
  const needs = s?.runOff
    ? html`<span class="soft">a run-off breaks the tie only</span>`
    : html`<span class="soft">${state.setup?.limits?.needs ?? '?'} of ${state.setup?.limits?.of ?? '?'} needed</span>`;
  // In a narrow window the votes are far below what is said, and the question far above.
  const glance = html`<button type="button" class="link glance-open" onClick=${onGlance}>Question and votes</button>`;
  if (!s) return state.setup ? html`<p class="tally">${needs}${glance}</p>` : null;
  const shown = s.rows.filter((row) => row.voters.length > 0).slice(0, 3);
  const hidden = s.rows.filter((row) => row.voters.length > 0).length - shown.length;
  const without = s.abstained.length + s.failed.length;
  const names = shortNames(state.options, SHORT);
  return html`<p class="tally">
    <span class="soft">${voteName(s)}<span class="visually-hidden">:</span></span>
    ${shown.map((row) => html`<span key=${row.option.id} class="for" data-option=${row.index} title=${onOneLine(row.option.text)}><${OptionMark} index=${row.index} /><${Text}>${names[row.index]}<//><b>${row.voters.length}</b></span>`)}
    ${hidden > 0 && html`<span class="soft">and ${hidden} more</span>`}
    ${shown.length === 0 && html`<span class="soft">no votes</span>`}
    ${without > 0 && html`<span class="soft spare">${without} without a vote</span>`}
    ${needs}${glance}
  </p>`;
}

/** The running time, which touches its own text and nothing else. @param {{ state: any, seenAt: () => number, still: boolean }} props */
function Elapsed({ state, seenAt, still }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const draw = () => {
      const ms = still ? state.runningMs : elapsed(state, performance.now(), seenAt());
      if (ref.current) ref.current.textContent = clock(ms);
    };
    draw();
    if (still || state.status !== 'running') return undefined;
    const timer = setInterval(draw, 1_000);
    return () => clearInterval(timer);
  }, [state, still]);
  return html`<span class="elapsed" role="timer" aria-label="Running time" ref=${ref} />`;
}

