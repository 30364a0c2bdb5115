// The transcript, round by round. A round is drawn again only when it changed; old rounds of a long debate
// are folded to one line, so that the page stays small.

import { signal } from '@preact/signals';
import { html, memo } from 'synod/parts/html.js';
import { Mark, OptionMark } from 'synod/parts/mark.js';
import { onOneLine, Text } from 'synod/parts/text.js';
import { here, Note, Statement } from 'synod/debate/statement.js';
import { changes, count, nameOf, namedBy, optionText, turnOf, voteName } from 'synod/debate/standing.js';
import { noVote, roundInWords, roundName, tallyInWords } from 'synod/debate/words.js';

/** Debates with more entries than this show only their last round at first, and while they run the one before it. */
const MANY = 80;

/** Rounds that the reader opened or closed, by number. @type {import('@preact/signals').Signal<Record<number, boolean>>} */
export const opened = signal({});

/** Opens a round, so that a part of it can be shown. @param {number} round */
export function openRound(round) {
  if (opened.peek()[round] !== true) opened.value = { ...opened.peek(), [round]: true };
}

/** Whether a debate is too long to be shown at once. @param {import('synod/debate/fold.js').State} state */
export const isLong = (state) => state.rounds.reduce((sum, round) => sum + round.entries.length, 0) > MANY;

/** The rounds of a state that are folded. @param {import('synod/debate/fold.js').State} state */
export function isFolded(state, /** @type {number} */ round) {
  const kept = state.status === 'closed' ? 1 : 2;
  const isOld = isLong(state) && state.rounds.findIndex((r) => r.round === round) < state.rounds.length - kept;
  return isOld ? opened.value[round] !== true : opened.value[round] === false;
}

/** @param {{ state: import('synod/debate/fold.js').State }} props */
export function Rounds({ state }) {
  return state.rounds.map((round, i) => {
    const before = state.rounds[i - 1];
    return html`<${RoundSection}
      key=${round.round}
      round=${round}
      before=${before}
      earlier=${state.rounds[i - 2]}
      folded=${isFolded(state, round.round)}
      pause=${state.pause && round.round === state.round ? state.pause.seq : 0}
      setup=${state.setup}
      seats=${state.seats}
      names=${state.names}
      options=${state.options}
    />`;
  });
}

const RoundSection = memo(({ round, before, earlier, folded, pause, ...rest }) => {
  // The part of the state that the words of this round need.
  const state = { ...rest, rounds: [earlier, before, round].filter(Boolean) };
  const all = changes(state);
  const statements = round.entries.filter((/** @type {any} */ entry) => entry.kind === 'turn' && entry.data.result === 'spoke');
  const title = html`<h2>${roundName(round.round)}</h2>
    <span>${aboutRound(state, round, statements.length)}</span>`;
  if (folded) {
    return html`<section class="round folded" id=${`r${round.round}`} tabindex="-1" aria-label=${roundName(round.round)}>
      <div class="phase">
        ${title}
        <button type="button" class="link" onClick=${() => openRound(round.round)}>Show${html`<span class="visually-hidden"> ${roundName(round.round)}</span>`}</button>
      </div>
      ${round.ballots.length > 0 && html`<p class="small soft">${tallyInWords(state, round)}. ${roundInWords(state, round)}</p>`}
    </section>`;
  }
  const named = namedBy(all.filter((change) => change.round === round.round));
  const lately = new Map(all.filter((change) => change.round === round.round - 1).map((change) => [change.seat.id, change]));
  return html`<section class="round" id=${`r${round.round}`} tabindex="-1" aria-label=${roundName(round.round)}>
    <div class="phase">${title}</div>
    ${round.entries.map((/** @type {any} */ entry) => {
      // The pause that lasts is said below, with what to do.
      if (entry.seq === pause) return null;
      if (entry.kind !== 'turn') return html`<${Note} key=${entry.seq} entry=${entry} state=${stateFor(rest)} />`;
      const change = lately.get(entry.data.agent_id);
      // Only the first statement after a vote says that it changed.
      lately.delete(entry.data.agent_id);
      return html`<${Statement} key=${entry.seq} entry=${entry} state=${stateFor(rest)} change=${change} namers=${named.get(entry.data.turn)} />`;
    })}
    <${Vote} state=${state} round=${round} changed=${all.filter((change) => change.round === round.round)} />
  </section>`;
});

/** @type {WeakMap<object, Map<object, any>>} */
const parts = new WeakMap();

/** The same object for the same setup and options, so that statements are not drawn again. @param {any} rest */
function stateFor(rest) {
  let byOptions = parts.get(rest.setup);
  if (!byOptions) parts.set(rest.setup, (byOptions = new Map()));
  let found = byOptions.get(rest.options);
  if (!found) byOptions.set(rest.options, (found = { ...rest, rounds: [] }));
  return found;
}

/** @param {any} state @param {any} round @param {number} statements */
function aboutRound(state, round, statements) {
  if (round.round === 0) return statements === 0 ? 'made before the others are heard' : `${statements} ${statements === 1 ? 'statement' : 'statements'}, made before the others were heard`;
  const mode = state.setup?.config?.debate_mode;
  const how = mode === 'structured' ? ', all at the same time' : mode === 'autonomous' ? ', as the moderator chooses' : ', one at a time';
  return statements === 0 ? `arguments${how}` : `${statements} ${statements === 1 ? 'statement' : 'statements'}${how}`;
}

/** The ballots of a round, by option, and who voted otherwise than before. @param {{ state: any, round: any, changed: any[] }} props */
function Vote({ state, round, changed }) {
  if (round.ballots.length === 0) return null;
  const c = count(state, round, false);
  const said = round.closed ? roundInWords(state, round) : `${c.ballots} of ${c.of} ballots are in.`;
  return html`<div class="vote" id=${`v${round.round}`} tabindex="-1">
    <h3>${voteName(c)} <span class="soft">${said}</span></h3>
    <${Count} count=${c} state=${state} round=${round} />
    ${changed.length > 0 &&
    html`<ul class="changes">
      ${changed.map(
        (change) =>
          html`<li key=${change.seat.id} data-hue=${change.seat.index % 8}>
            <${Mark} index=${change.seat.index} small /> <b class="by"><${Text}>${change.seat.name}<//></b>${' '}
            <${Changed} change=${change} state=${state} />
          </li>`,
      )}
    </ul>`}
    ${round.runOff.length > 0 && html`<${RunOff} state=${state} round=${round} />`}
    ${round.rulings.map((/** @type {any} */ ruling, /** @type {number} */ i) => html`<p class="note" key=${ruling.seq}>${i > 0 ? 'With the options in reverse order, the judge' : 'The judge'} ${ruling.option ? html`rules for <${Text}>${optionText(state, ruling.option)}<//>` : 'names no option'}.</p>`)}
  </div>`;
}

/** @param {{ state: any, round: any }} props */
function RunOff({ state, round }) {
  const c = count(state, round, true);
  const leaders = c.rows.filter((row) => row.voters.length > 0 && row.voters.length === c.rows[0]?.voters.length);
  const said = !c.counted ? `${c.ballots} of ${c.of} ballots are in` : leaders.length === 1 ? 'breaks the tie, and makes no consensus' : 'does not break the tie';
  return html`<div class="run-off" id=${`x${round.round}`} tabindex="-1">
    <h3>Run-off <span class="soft">${said}.</span></h3>
    <${Count} count=${c} state=${state} round=${round} />
  </div>`;
}

/** @param {{ count: import('synod/debate/standing.js').Standing, state: any, round: any, named?: boolean }} props `named`: with the names of the voters */
export function Count({ count: c, state, round, named }) {
  const ballots = c.runOff ? round.runOff : round.ballots;
  const why = (/** @type {any} */ seat) => {
    const ballot = ballots.find((/** @type {any} */ b) => b.agent_id === seat.id);
    return ballot?.proposal ? `${seat.name} abstained and proposes “${onOneLine(ballot.proposal)}”` : `${seat.name}: ${noVote(ballot)}`;
  };
  const rows = [
    ...c.rows.map((row) => ({ key: row.option.id, name: html`<${Text}>${row.option.text}<//>`, voters: row.voters, index: row.index, note: '' })),
    { key: 'abstained', name: 'Abstained', voters: c.abstained, index: -1, note: c.abstained.filter((seat) => ballots.find((/** @type {any} */ b) => b.agent_id === seat.id)?.proposal).map(why).join('; ') },
    { key: 'failed', name: 'No ballot', voters: c.failed, index: -1, note: c.failed.map(why).join('; ') },
  ];
  if (c.pending.length > 0) rows.push({ key: 'pending', name: 'Not in yet', voters: c.pending, index: -1, note: '' });
  return html`<ul class="count">
    ${rows
      .filter((row) => row.index >= 0 || row.voters.length > 0)
      .map(
        (row) => html`<li key=${row.key} class=${row.key === 'pending' ? 'without pending' : row.index < 0 ? 'without' : ''} data-option=${row.index}>
          <span class="name">${row.index >= 0 && html`<${OptionMark} index=${row.index} />`}${row.name}</span>
          <span class="marks">${row.voters.map((seat) => html`<${Mark} key=${seat.id} index=${seat.index} small ghost=${row.index < 0} label=${named ? '' : seat.name} title=${seat.name} />${named && html`<${Text}>${seat.name}<//>`}`)}</span>
          <span class="n">${row.voters.length}</span>
          ${row.note && html`<span class="why">${row.note}</span>`}
        </li>`,
      )}
  </ul>`;
}

/** From what to what, and after which statement. @param {{ change: any, state: any }} props */
export function Changed({ change, state }) {
  const option = (/** @type {string} */ id) => html`“<${Text}>${optionText(state, id)}<//>”`;
  const what =
    change.kind === 'decided'
      ? html`had not voted and votes for ${option(change.to)}`
      : change.kind === 'withdrew'
        ? html`abstains after a vote for ${option(change.from)}`
        : html`goes from ${option(change.from)} to ${option(change.to)}`;
  const turn = turnOf(state, change.movedBy);
  const by = turn ? ` (${nameOf(state, turn.agent_id)})` : '';
  return html`<span>${what}${
    change.movedBy !== null
      ? html`, after <a href=${here(`s${change.movedBy}`)}>statement ${change.movedBy}</a>${by}`
      : change.kind === 'changed'
        ? ', and names no statement'
        : ''
  }</span>`;
}

