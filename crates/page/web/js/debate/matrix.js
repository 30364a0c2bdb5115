// The votes by round, as a table.

import { useEffect, useRef } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { Mark, OptionMark } from 'synod/parts/mark.js';
import { onOneLine, Text } from 'synod/parts/text.js';
import { capital } from 'synod/parts/time.js';
import { ballotOf, nameOf, optionIndex, optionText, turnOf, voted } from 'synod/debate/standing.js';
import { useActivity } from 'synod/debate/activity.js';
import { noVote } from 'synod/debate/words.js';

/** Every participant's vote in every round; a frame marks a changed vote. @param {{ state: any, scene: import('synod/debate/store.js').Scene }} props */
export function Matrix({ state, scene }) {
  /** @type {Array<{ round: any, runOff: boolean }>} */
  const columns = state.rounds.filter((/** @type {any} */ round) => round.ballots.length > 0).flatMap((/** @type {any} */ round) => [{ round, runOff: false }, ...(round.runOff.length ? [{ round, runOff: true }] : [])]);
  const scroll = useRef(/** @type {HTMLElement | null} */ (null));
  // The last rounds are in sight, and the earlier ones a scroll away.
  useEffect(() => {
    if (scroll.current) scroll.current.scrollLeft = scroll.current.scrollWidth;
  }, [columns.length]);
  if (!state.setup) return null;
  // A cell has an option in full, or its number, which the legend explains.
  const whole = state.options.map((/** @type {any} */ option) => onOneLine(option.text));
  const narrow = columns.length > 4 || whole.some((/** @type {string} */ name) => name.length > (columns.length > 3 ? 4 : 7));
  const names = narrow ? whole.map((/** @type {string} */ _, /** @type {number} */ i) => String(i + 1)) : whole;
  const calls = new Map(Object.values(state.calls).map((call) => [call.agent_id, call]));
  const doing = (/** @type {any} */ seat) => {
    const call = calls.get(seat.id);
    if (call) return html`<${Doing} key=${call.call} call=${call} seat=${seat} scene=${scene} />`;
    return state.status === 'running' && html`<${DoingNow} short="waiting" />`;
  };
  return html`<section class="card" aria-labelledby="votes-title">
    <h2 id="votes-title">${columns.length ? 'Votes by round' : 'The panel'}</h2>
    <div class="scroll" ref=${scroll} tabindex=${columns.length > 5 ? 0 : undefined} role=${columns.length > 5 ? 'region' : undefined} aria-label=${columns.length > 5 ? 'All rounds' : undefined}>
      <table class="matrix" style=${{ '--columns': columns.length, '--cell': columns.length <= 3 ? '48px' : '40px' }} aria-labelledby="votes-title">
        ${columns.length > 0 &&
        html`<thead>
          <tr>
            <th scope="col"><span class="visually-hidden">Participant</span></th>
            ${columns.map(({ round, runOff }) => html`<th scope="col" key=${`${round.round}${runOff}`}>${runOff ? 'Run-off' : round.round === 0 ? 'Blind' : html`<span class="visually-hidden">Round </span>${round.round}`}</th>`)}
          </tr>
        </thead>`}
        <tbody>
          ${state.seats.map(
            (/** @type {any} */ seat) => html`<tr key=${seat.id}>
              <th scope="row" data-hue=${seat.index % 8}>
                <span class="lane"><${Mark} index=${seat.index} small /><span class="who"><b dir="auto"><${Text}>${seat.name}<//></b><small title=${seat.model}>${doing(seat)}<${Text}>${seat.model}<//></small></span></span>
              </th>
              ${columns.map(({ round, runOff }) => html`<${Cell} key=${`${round.round}${runOff}`} state=${state} seat=${seat} round=${round} runOff=${runOff} names=${names} />`)}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${columns.length > 0 &&
    html`<p class="small soft legend">
      ${narrow && state.options.map((/** @type {any} */ option, /** @type {number} */ i) => html`<span key=${option.id} class="key" data-option=${i}><${OptionMark} index=${i} /><${Text}>${option.text}<//></span>`)}
      ${columns.length > 1 && html`<span>A frame marks a changed vote.</span>`}
    </p>`}
  </section>`;
}

/** What a participant does now. @param {{ call: any, seat: any, scene: import('synod/debate/store.js').Scene }} props */
function Doing({ call, seat, scene }) {
  const { short } = useActivity(call, seat, scene);
  return html`<${DoingNow} short=${short} />`;
}

/** @param {{ short: string }} props */
const DoingNow = ({ short }) => html`<span class="doing-now" data-doing=${short}>${capital(short)}</span> <span aria-hidden="true">·</span> `;

/** @param {{ state: any, seat: any, round: any, runOff: boolean, names: string[] }} props */
function Cell({ state, seat, round, runOff, names }) {
  const ballot = runOff ? round.runOff.find((/** @type {any} */ b) => b.agent_id === seat.id) : ballotOf(round, seat.id);
  if (!ballot) return html`<td class="open"><span aria-hidden="true">·</span><span class="visually-hidden">not yet</span></td>`;
  const option = voted(ballot);
  if (option === null) {
    const why = ballot.proposal ? `abstained, proposes “${onOneLine(ballot.proposal)}”` : noVote(ballot);
    return html`<td class=${`open ${ballot.result}`} title=${why}><span aria-hidden="true">${ballot.result === 'none' ? '×' : '–'}</span><span class="visually-hidden">${why}</span></td>`;
  }
  const before = state.rounds.find((/** @type {any} */ r) => r.round === round.round - 1);
  const old = runOff ? null : voted(ballotOf(before, seat.id));
  const isChanged = old !== null && old !== option;
  const index = optionIndex(state, option);
  const turn = turnOf(state, ballot.moved_by);
  const after = ballot.moved_by ? `, moved by statement ${ballot.moved_by}${turn ? ` of ${nameOf(state, turn.agent_id)}` : ''}` : '';
  const sure = typeof ballot.confidence === 'number' ? `, confidence ${ballot.confidence.toFixed(2)}` : '';
  const full = `${onOneLine(optionText(state, option))}${after}${sure}`;
  return html`<td class=${isChanged ? 'changed' : ''} data-option=${index} title=${full}>
    <span aria-hidden="true">${names[index] ?? option}</span><span class="visually-hidden">${isChanged ? 'changed to ' : ''}${full}</span>
  </td>`;
}
