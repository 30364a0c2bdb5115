// What can be read from the state of a debate: the standing, votes by round, changes of mind, the stage.

import { onOneLine } from 'synod/parts/printable.js';

/**
 * @typedef {import('synod/debate/fold.js').State} State
 * @typedef {import('synod/debate/fold.js').Round} Round
 * @typedef {import('synod/debate/fold.js').Seat} Seat
 *
 * @typedef {object} Standing the latest vote, finished or not
 * @property {number} round
 * @property {boolean} runOff
 * @property {boolean} counted whether all ballots are in
 * @property {number} ballots that have ended
 * @property {number} of
 * @property {number} needs
 * @property {Array<{ option: { id: string, text: string }, index: number, voters: Seat[] }>} rows most votes first
 * @property {Seat[]} abstained
 * @property {Seat[]} failed
 * @property {Seat[]} pending
 *
 * @typedef {object} Change
 * @property {Seat} seat
 * @property {number} round
 * @property {string | null} from
 * @property {string | null} to
 * @property {'changed' | 'decided' | 'withdrew'} kind `changed`: voted for another option than in the round before
 * @property {number | null} movedBy
 */

/** The option that a ballot votes for. @param {any} ballot @returns {string | null} */
export const voted = (ballot) => (ballot?.result === 'vote' ? ballot.option : null);

/** @param {State} state @param {string | null | undefined} id */
export function optionText(state, id) {
  return state.options.find((option) => option.id === id)?.text ?? String(id ?? '');
}

/** @param {State} state @param {string | null | undefined} id */
export const optionIndex = (state, id) => state.options.findIndex((option) => option.id === id);

/** @param {State} state @param {string | null | undefined} id */
export const seatOf = (state, id) => state.seats.find((seat) => seat.id === id);

/** @param {State} state @param {string | null | undefined} id */
export const nameOf = (state, id) => (id ? (state.names[id] ?? id) : '');

/** The last round in which a vote began. @param {State} state @returns {Standing | null} */
export function standing(state) {
  const round = [...state.rounds].reverse().find((r) => r.ballots.length > 0 || r.closed);
  if (!round) return null;
  return count(state, round, round.runOff.length > 0);
}

/**
 * The count of a round's ballots, or of its run-off.
 *
 * @param {State} state
 * @param {Round} round
 * @param {boolean} runOff
 * @returns {Standing}
 */
export function count(state, round, runOff) {
  const ballots = runOff ? round.runOff : round.ballots;
  const by = (/** @type {(ballot: any) => boolean} */ test) =>
    state.seats.filter((seat) => ballots.some((ballot) => ballot.agent_id === seat.id && test(ballot)));
  const leaders = round.closed?.tally?.leaders ?? [];
  const counted = round.closed?.tally?.votes?.map((/** @type {any} */ vote) => vote.option);
  // An option that was proposed on these ballots was not on them.
  const onBallot = runOff ? leaders : (counted ?? state.options.map((option) => option.id));
  const offered = state.options.filter((option) => onBallot.includes(option.id));
  const rows = offered
    .map((option) => ({ option, index: optionIndex(state, option.id), voters: by((ballot) => voted(ballot) === option.id) }))
    .sort((a, b) => b.voters.length - a.voters.length || a.index - b.index);
  return {
    round: round.round,
    runOff,
    counted: ballots.length >= state.seats.length,
    ballots: ballots.length,
    of: state.seats.length,
    needs: state.setup?.limits?.needs ?? 0,
    rows,
    abstained: by((ballot) => ballot.result === 'abstain'),
    failed: by((ballot) => ballot.result === 'none'),
    pending: state.seats.filter((seat) => !ballots.some((ballot) => ballot.agent_id === seat.id)),
  };
}

/** The name of a vote. @param {{ round: number, runOff: boolean }} vote */
export const voteName = ({ round, runOff }) => (runOff ? 'Run-off' : round === 0 ? 'Blind vote' : `Vote of round ${round}`);

/** A participant's ballot of a round. @param {Round | undefined} round @param {string} agent */
export const ballotOf = (round, agent) => round?.ballots.find((ballot) => ballot.agent_id === agent);

/**
 * Those who voted otherwise than in the round before, in order. A vote after an abstention, and an
 * abstention after a vote, are listed too, but they are no changed votes.
 *
 * @param {State} state
 * @returns {Change[]}
 */
export function changes(state) {
  /** @type {Change[]} */
  const found = [];
  for (const [i, round] of state.rounds.entries()) {
    const before = state.rounds[i - 1];
    if (!before || before.round !== round.round - 1) continue;
    for (const seat of state.seats) {
      const [old, now] = [ballotOf(before, seat.id), ballotOf(round, seat.id)];
      if (!old || !now) continue;
      const [from, to] = [voted(old), voted(now)];
      if (from === to || now.result === 'none') continue;
      const kind = from === null ? 'decided' : to === null ? 'withdrew' : 'changed';
      found.push({ seat, round: round.round, from, to, kind, movedBy: now.moved_by ?? null });
    }
  }
  return found;
}

/** How many changed votes named each statement, by turn. @param {Change[]} list */
export function namedBy(list) {
  /** @type {Map<number, Seat[]>} */
  const named = new Map();
  for (const { movedBy, seat } of list) {
    if (movedBy === null) continue;
    named.set(movedBy, [...(named.get(movedBy) ?? []).filter((other) => other !== seat), seat]);
  }
  return named;
}

/** The turn with this number, if it has ended. @param {State} state @param {number | null | undefined} turn @returns {any} */
export function turnOf(state, turn) {
  if (turn === null || turn === undefined) return null;
  for (const round of state.rounds) {
    const found = round.entries.find((entry) => entry.kind === 'turn' && entry.data.turn === turn);
    if (found) return found.data;
  }
  return null;
}

/**
 * Where the debate is: the stage, and how far it has come.
 *
 * @param {State} state
 * @returns {{ stage: 'opening' | 'options' | 'discussion' | 'voting' | 'run_off' | 'judging' | 'none', round: number, done: number, of: number, pass: number | null, passes: number }}
 */
export function progress(state) {
  const of = state.seats.length;
  const config = state.setup?.config ?? {};
  const passes = config.max_iterations_per_round ?? 1;
  const last = state.rounds.find((round) => round.round === state.round);
  const round = state.round;
  const open = Object.values(state.calls);
  const nothing = { stage: /** @type {const} */ ('none'), round, done: 0, of, pass: null, passes };
  if (!last) return nothing;
  const has = (/** @type {string} */ purpose) => open.some((call) => call.purpose === purpose);
  const turns = last.entries.filter((entry) => entry.kind === 'turn');
  if (has('judge') || last.rulings.length > 0 || last.closed?.then === 'judge') return { ...nothing, stage: 'judging', done: last.rulings.length, of: 2 };
  if (has('run_off') || last.runOff.length > 0 || last.closed?.then === 'run_off') return { ...nothing, stage: 'run_off', done: last.runOff.length };
  if (has('ballot') || last.ballots.length > 0) return { ...nothing, stage: 'voting', done: last.ballots.length };
  if (has('options')) return { ...nothing, stage: 'options' };
  if (round === 0) return { ...nothing, stage: 'opening', done: turns.length };
  if (config.debate_mode === 'structured') {
    const pass = Math.max(1, ...open.map((call) => call.pass ?? 0), ...turns.map((entry) => entry.data.pass ?? 0));
    const done = turns.filter((entry) => (entry.data.pass ?? 1) === pass).length;
    return { ...nothing, stage: 'discussion', done, pass };
  }
  return { ...nothing, stage: 'discussion', done: turns.length, of: of * passes };
}

/**
 * Short names of options, which tell them apart. A mark stands for what a name leaves out: without it, the first words
 * of an option can say something else ("Close" of "Close it on market days").
 *
 * @param {Array<{ text: string }>} options
 * @param {number} [most] characters
 */
export function shortNames(options, most = 12) {
  const names = options.map(({ text }) => cutName(text, most));
  const isClear = new Set(names.map((name) => name.toLowerCase())).size === names.length;
  return isClear ? names : options.map((_, i) => `Option ${i + 1}`);
}

/** A text of at most so many characters, cut between words where it can be. @param {string} text @param {number} most */
function cutName(text, most) {
  const whole = onOneLine(text);
  const chars = Array.from(whole);
  if (chars.length <= most) return whole;
  const cut = chars.slice(0, most - 1).join('');
  const atWord = chars[most - 1] === ' ' ? cut : cut.slice(0, cut.lastIndexOf(' ') + 1);
  return `${(atWord.trim().includes(' ') ? atWord : cut).replace(/[\s,;:.،؛。，、：；]+$/u, '')}…`;
}

/** The time that the debate has been running, at the time of this reader. @param {State} state @param {number} now @param {number} seenAt when the last event was read, on the same clock as `now` */
export function elapsed(state, now, seenAt) {
  return state.runningMs + (state.status === 'running' ? Math.max(0, now - seenAt) : 0);
}
