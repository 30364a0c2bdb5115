// The seats of an option, with the place where it has enough; and the votes by round.

import { useEffect, useRef } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { Mark } from 'synod/parts/mark.js';
import { onOneLine, Text } from 'synod/parts/text.js';
import { ballotOf, nameOf, optionIndex, optionText, shortNames, standing, turnOf, voted } from 'synod/debate/standing.js';
import { noVote } from 'synod/debate/words.js';

/** Who sits on which option after the latest vote. @param {{ state: any }} props */
export function Seats({ state }) {
  const s = standing(state);
  if (!state.setup) return null;
  const of = state.seats.length;
  const needs = state.setup.limits.needs;
  const title = !s ? 'Before the first vote' : `${s.runOff ? 'Run-off' : s.round === 0 ? 'Blind vote' : `Vote of round ${s.round}`}${s.counted ? '' : `, ${s.ballots} of ${s.of} in`}`;
  const rows = s ? s.rows : state.options.map((/** @type {any} */ option, /** @type {number} */ index) => ({ option, index, voters: [] }));
  const shown = s ? rows.filter((/** @type {any} */ row) => row.voters.length > 0 || rows.length <= 3) : rows;
  const without = s ? [...s.abstained, ...s.failed] : [];
  const lead = s?.rows[0]?.voters.length ?? 0;
  return html`<section class="card standing" aria-labelledby="standing-title">
    <div class="standing-head"><h2 id="standing-title">${title}</h2>${!s?.runOff && html`<span class="need-key">${needs} needed</span>`}</div>
    ${shown.length === 0 && html`<p class="soft small">The options are not known yet: they are taken from the openings.</p>`}
    ${shown.map(
      (/** @type {any} */ row) => html`<div class="option" key=${row.option.id} data-option=${row.index}>
        <span class="name"><${Text}>${row.option.text}<//></span>
        <span class="n">${row.voters.length} of ${of}</span>
        <${Places} voters=${row.voters} of=${of} needs=${s?.runOff ? 0 : needs} />
      </div>`,
    )}
    ${shown.length < rows.length && html`<p class="soft small">${rows.length - shown.length} more ${rows.length - shown.length === 1 ? 'option' : 'options'} without a vote</p>`}
    ${without.length > 0 &&
    html`<div class="option without">
      <span class="name">No vote</span><span class="n">${without.length}</span>
      <p class="marks">${without.map((seat) => html`<${Mark} key=${seat.id} index=${seat.index} small ghost label=${seat.name} title=${seat.name} />`)}</p>
    </div>`}
    ${s && (s.runOff || s.counted) && html`<p class="small soft needs">${s.runOff ? 'A run-off breaks the tie. It makes no consensus.' : needed(lead, needs, s.round, state.setup.config.debate_rules?.min_rounds ?? 0)}</p>`}
  </section>`;
}

/** @param {number} lead @param {number} needs @param {number} round @param {number} first the first round that can have a consensus */
function needed(lead, needs, round, first) {
  if (round < first) return `A consensus is possible from round ${first} on.`;
  if (lead >= needs) return 'An option has the votes that a consensus needs.';
  const missing = needs - lead;
  return `A consensus needs ${missing} more ${missing === 1 ? 'vote' : 'votes'} for one option.`;
}

/** One place for each participant, with a mark after the number that is needed. @param {{ voters: any[], of: number, needs: number }} props */
function Places({ voters, of, needs }) {
  return html`<div class="places" style=${{ '--of': of }} role="img" aria-label=${`${voters.length} of ${of}: ${voters.map((seat) => seat.name).join(', ') || 'no one'}${needs ? `; ${needs} needed` : ''}`}>
    ${Array.from({ length: of }, (_, i) => {
      const seat = voters[i];
      const last = i === needs - 1 ? ' last-needed' : '';
      return html`<span key=${i} class=${`place${last}`} title=${seat?.name}>${seat ? html`<${Mark} index=${seat.index} small />` : html`<i />`}</span>`;
    })}
  </div>`;
}

/** Every participant's vote in every round; a frame marks a changed vote. @param {{ state: any, speaking?: boolean }} props */
export function Matrix({ state }) {
  /** @type {Array<{ round: any, runOff: boolean }>} */
  const columns = state.rounds.filter((/** @type {any} */ round) => round.ballots.length > 0).flatMap((/** @type {any} */ round) => [{ round, runOff: false }, ...(round.runOff.length ? [{ round, runOff: true }] : [])]);
  const scroll = useRef(/** @type {HTMLElement | null} */ (null));
  // The last rounds are in sight, and the earlier ones a scroll away.
  useEffect(() => {
    if (scroll.current) scroll.current.scrollLeft = scroll.current.scrollWidth;
  }, [columns.length]);
  if (!state.setup) return null;
  const short = shortNames(state.options, 8);
  const narrow = columns.length > 4 || short.some((name) => name.endsWith('…') || (columns.length > 3 && name.length > 5));
  const names = narrow ? state.options.map((/** @type {any} */ _, /** @type {number} */ i) => String(i + 1)) : short;
  const speaking = new Set(Object.values(state.calls).filter((call) => call.turn).map((call) => call.agent_id));
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
            (/** @type {any} */ seat) => html`<tr key=${seat.id} class=${speaking.has(seat.id) ? 'speaks' : ''}>
              <th scope="row" data-hue=${seat.index % 8}>
                <span class="lane"><${Mark} index=${seat.index} small /><span class="who"><b><${Text}>${seat.name}<//></b><small><${Text}>${seat.model}<//></small></span></span>
              </th>
              ${columns.map(({ round, runOff }) => html`<${Cell} key=${`${round.round}${runOff}`} state=${state} seat=${seat} round=${round} runOff=${runOff} names=${names} />`)}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${columns.length > 0 &&
    html`<p class="small soft legend">
      ${narrow && state.options.map((/** @type {any} */ option, /** @type {number} */ i) => html`<span key=${option.id} class="key" data-option=${i}><b>${i + 1}</b> <${Text}>${option.text}<//></span>`)}
      ${columns.length > 1 && html`<span>A frame marks a changed vote.</span>`}
    </p>`}
  </section>`;
}

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
