// What is being said now: one card for each open call that speaks, a line for each other call.

import { html } from 'synod/parts/html.js';
import { Mark } from 'synod/parts/mark.js';
import { Text } from 'synod/parts/text.js';
import { useActivity } from 'synod/debate/activity.js';
import { nameOf, progress, seatOf, standing } from 'synod/debate/standing.js';

/**
 * @param {{ state: import('synod/debate/fold.js').State, scene: import('synod/debate/store.js').Scene }} props
 */
export function Floor({ state, scene }) {
  const calls = Object.values(state.calls);
  const speaking = calls.filter((call) => call.turn !== null && call.turn !== undefined);
  const voting = calls.filter((call) => call.purpose === 'ballot' || call.purpose === 'run_off');
  const other = calls.find((call) => ['options', 'move', 'judge'].includes(call.purpose));
  if (calls.length === 0) return null;
  return html`<div class="floor" data-count=${Math.min(speaking.length, 4)}>
    ${speaking.map((call) => html`<${Live} key=${call.call} call=${call} state=${state} scene=${scene} />`)}
    ${voting.length > 0 && !hasBallots(state) && html`<${Voting} state=${state} />`}
    ${other && html`<p class="note waiting">${doingNow(state, other)}<span class="dots" aria-hidden="true" /></p>`}
  </div>`;
}

/** Whether the count of this vote is shown already. @param {any} state */
function hasBallots(state) {
  const { round, stage } = progress(state);
  const now = standing(state);
  return now !== null && now.round === round && now.runOff === (stage === 'run_off') && now.ballots > 0;
}

/** @param {any} state @param {any} call */
function doingNow(state, call) {
  if (call.purpose === 'options') return call.repair ? 'The clerk lists the answers once more' : 'A neutral clerk lists the answers of the openings';
  if (call.purpose === 'move') return 'The moderator chooses who speaks next';
  return `${nameOf(state, call.agent_id)} rules on the tie`;
}

/** @param {{ call: any, state: any, scene: import('synod/debate/store.js').Scene }} props */
function Live({ call, state, scene }) {
  const seat = seatOf(state, call.agent_id);
  const name = nameOf(state, call.agent_id);
  const [text, thought] = [scene.textOf(call.call), scene.thoughtOf(call.call)];
  const { short, long, speaks, thinks } = useActivity(call, seat, scene);
  return html`<article class="live" data-hue=${seat ? seat.index % 8 : 0} aria-label=${`${name}, ${short}`} aria-busy="true">
    <header>
      ${seat && html`<${Mark} index=${seat.index} small />`}
      <b class="by"><${Text}>${name}<//></b>
      ${call.evidence && html`<span class="tag">asked for evidence</span>`}
      <span class="soft small">${short}</span>
    </header>
    ${thinks &&
    html`<details class="thought">
      <summary>Thoughts</summary>
      <p class="as-written" dir="auto">${thought}</p>
    </details>`}
    ${speaks
      ? html`<p class="text" dir="auto">${text}<span class="caret" aria-hidden="true" /></p>`
      : html`<p class="wait">${long}<span class="dots" aria-hidden="true" /></p>`}
  </article>`;
}

/** @param {{ state: any }} props */
function Voting({ state }) {
  const { of, stage } = progress(state);
  return html`<div class="voting">
    <p><b>${stage === 'run_off' ? 'Run-off' : 'Voting'}</b> <span class="soft">all ${of} at the same time; no speaker sees another's ballot</span></p>
    <p class="marks">${state.seats.map((/** @type {any} */ seat) => html`<${Mark} key=${seat.id} index=${seat.index} small ghost label=${seat.name} title=${seat.name} />`)}</p>
  </div>`;
}
