// The state of a debate, folded from its events. Pure: no DOM, no clock, no mutation of what came before.

import { isolated, onOneLine } from 'synod/parts/printable.js';

/**
 * @typedef {object} Seat a participant
 * @property {number} index from 0; participants know each other as Speaker A, B, …
 * @property {string} id
 * @property {string} name unique among the agents of the debate
 * @property {string} model
 * @property {string} host
 * @property {string} scale
 *
 * @typedef {object} Entry something that happened in a round before its count
 * @property {'turn' | 'interjection' | 'vote_called' | 'move' | 'options' | 'paused' | 'resumed' | 'recovered' | 'repair'} kind
 * @property {number} seq
 * @property {number} at milliseconds of the epoch
 * @property {number} order speaking order: the number of turns that had begun, a turn's own number
 * @property {any} data of the event
 *
 * @typedef {object} Ballot the data of `ballot_recorded`, with `seq`
 *
 * @typedef {object} Round
 * @property {number} round 0 for the blind opening
 * @property {Entry[]} entries in speaking order
 * @property {any[]} ballots by the participants' order
 * @property {any} closed the data of `round_closed`
 * @property {any[]} runOff ballots of the run-off, by the participants' order
 * @property {any[]} rulings
 *
 * @typedef {object} Call an open call: the data of `call_started`, with the time of its start
 *
 * @typedef {object} Usage
 * @property {number} begun
 * @property {number} ended
 * @property {number} voided
 * @property {number} prompt tokens read
 * @property {number} output tokens written
 * @property {boolean} estimated
 *
 * @typedef {object} State
 * @property {number} seq of the last event
 * @property {string | null} id
 * @property {number | null} at time of the last event
 * @property {'unknown' | 'initialized' | 'running' | 'paused' | 'closed' | 'gone'} status `gone` in a view whose debate can no longer be read
 * @property {any} setup the data of `debate_initialized`
 * @property {Seat[]} seats
 * @property {Record<string, string>} names of all agents by id
 * @property {Array<{ id: string, text: string }>} options
 * @property {Round[]} rounds
 * @property {number} round the current round
 * @property {number} turnsBegun
 * @property {Record<string, any>} calls the open calls by number
 * @property {any} pause
 * @property {any} verdict
 * @property {Usage} usage
 * @property {number} runningMs without pauses and crashes, up to `at`
 */

/** The state before the first event. @returns {State} */
export function initial() {
  return {
    seq: 0,
    id: null,
    at: null,
    status: 'unknown',
    setup: null,
    seats: [],
    names: {},
    options: [],
    rounds: [],
    round: 0,
    turnsBegun: 0,
    calls: {},
    pause: null,
    verdict: null,
    usage: { begun: 0, ended: 0, voided: 0, prompt: 0, output: 0, estimated: false },
    runningMs: 0,
  };
}

/**
 * Returns the state after a message. Events that are not the next one, and events of unknown types, change
 * nothing but the position; pieces of statements in progress change nothing.
 *
 * @param {State} state
 * @param {any} message
 * @returns {State}
 */
export function fold(state, message) {
  if (typeof message?.seq !== 'number' || message.seq <= state.seq) return state;
  const at = Date.parse(message.at);
  // What another process did not witness is no running time.
  const counts = state.status === 'running' && message.type !== 'debate_recovered';
  const runningMs = state.runningMs + (counts && state.at !== null ? Math.max(0, at - state.at) : 0);
  const next = { ...state, seq: message.seq, id: state.id ?? message.debate_id ?? null, at, runningMs };
  const reduce = REDUCERS[message.type];
  return reduce ? reduce(cost(next, message.data ?? {}), message.data ?? {}, message) : next;
}

/** Folds many messages. @param {State} state @param {Iterable<any>} messages */
export function foldAll(state, messages) {
  for (const message of messages) state = fold(state, message);
  return state;
}

/**
 * The text of a call after a piece of it.
 *
 * @param {string} before
 * @param {{ text: string, whole?: boolean }} delta
 */
export function joined(before, delta) {
  return delta.whole ? delta.text : before + delta.text;
}

/** @type {Record<string, (state: State, data: any, event: any) => State>} */
const REDUCERS = {
  debate_initialized: (state, data) => ({
    ...state,
    status: 'initialized',
    setup: data,
    names: namesById(data),
    seats: seatsOf(data),
    options: (data.config?.debate_rules?.options ?? []).map((/** @type {string} */ text, /** @type {number} */ i) => ({ id: `O${i + 1}`, text })),
  }),
  debate_started: (state) => ({ ...state, status: 'running' }),
  debate_paused: (state, data, event) => happened({ ...state, status: 'paused', pause: { ...data, seq: event.seq } }, 'paused', data, event),
  debate_resumed: (state, data, event) => happened({ ...state, status: 'running', pause: null }, 'resumed', data, event),
  debate_recovered: (state, data, event) => happened(state, 'recovered', data, event),
  interjected: (state, data, event) => happened(state, 'interjection', data, event),
  vote_called: (state, data, event) => happened(state, 'vote_called', data, event),
  call_started: (state, data, event) => {
    const opened = {
      ...state,
      round: data.round ?? state.round,
      turnsBegun: Math.max(state.turnsBegun, data.turn ?? 0),
      calls: { ...state.calls, [data.call]: { ...data, since: state.at, seq: event.seq } },
      usage: { ...state.usage, begun: state.usage.begun + 1 },
    };
    return withRound(opened, opened.round, (round) => round);
  },
  turn_ended: (state, data, event) => {
    const call = state.calls[data.call];
    const turn = { ...data, pass: call?.pass ?? null, evidence: call?.evidence ?? false, began: call?.since ?? null };
    return insert(ended(state, data.call), data.round, entry('turn', turn, event, state.at, data.turn));
  },
  options_set: (state, data, event) =>
    happened(ended({ ...state, options: data.options ?? state.options }, data.call), 'options', data, event),
  move_chosen: (state, data, event) => happened(ended(state, data.call), 'move', data, event),
  ballot_recorded: (state, data, event) => {
    const ballot = { ...data, seq: event.seq };
    return withRound(ended(state, data.call), data.round, (round) =>
      data.run_off ? { ...round, runOff: seated(state, [...round.runOff, ballot]) } : { ...round, ballots: seated(state, [...round.ballots, ballot]) },
    );
  },
  judge_ruled: (state, data, event) =>
    withRound(ended(state, data.call), state.round, (round) => ({ ...round, rulings: [...round.rulings, { ...data, seq: event.seq }] })),
  call_voided: (state, data, event) => {
    const call = state.calls[data.call];
    const next = ended({ ...state, usage: { ...state.usage, voided: state.usage.voided + 1 } }, data.call);
    return data.cause === 'invalid' && call
      ? happened(next, 'repair', { ...data, purpose: call.purpose, agent_id: call.agent_id }, event)
      : next;
  },
  round_closed: (state, data, event) => {
    const closed = withRound(state, data.round, (round) => ({ ...round, closed: { ...data, seq: event.seq } }));
    return data.then === 'round' ? { ...closed, round: data.round + 1 } : closed;
  },
  debate_closed: (state, data) => ({ ...state, status: 'closed', pause: null, verdict: data, calls: {} }),
};

/** The state without an open call. @param {State} state @param {number | null} call @returns {State} */
function ended(state, call) {
  if (call === null || call === undefined || !state.calls[call]) return state;
  const { [call]: _call, ...calls } = state.calls;
  return { ...state, calls, usage: { ...state.usage, ended: state.usage.ended + 1 } };
}

/** Adds the tokens of a call. @param {State} state @param {any} data @returns {State} */
function cost(state, data) {
  const meta = data.meta;
  if (!meta) return state;
  const usage = {
    ...state.usage,
    prompt: state.usage.prompt + (meta.prompt_tokens ?? 0),
    output: state.usage.output + (meta.output_tokens ?? 0),
    estimated: state.usage.estimated || Boolean(meta.estimated),
  };
  return { ...state, usage };
}

/** @param {State} state @param {Entry['kind']} kind @param {any} data @param {any} event */
function happened(state, kind, data, event) {
  return insert(state, state.round, entry(kind, data, event, state.at, state.turnsBegun));
}

/** @param {Entry['kind']} kind @param {any} data @param {any} event @param {number | null} at @param {number} order @returns {Entry} */
function entry(kind, data, event, at, order) {
  return { kind, seq: event.seq, at: at ?? 0, order, data };
}

/** Inserts in speaking order: a turn comes before other entries of its number. @param {State} state @param {number} number @param {Entry} added */
function insert(state, number, added) {
  const after = (/** @type {Entry} */ other) =>
    other.order - added.order || Number(other.kind !== 'turn') - Number(added.kind !== 'turn');
  return withRound(state, number, (round) => {
    let place = round.entries.length;
    while (place > 0 && after(/** @type {Entry} */ (round.entries[place - 1])) > 0) place -= 1;
    return { ...round, entries: [...round.entries.slice(0, place), added, ...round.entries.slice(place)] };
  });
}

/** @param {State} state @param {number} number @param {(round: Round) => Round} change @returns {State} */
function withRound(state, number, change) {
  const rounds = [...state.rounds];
  let place = rounds.findIndex((round) => round.round >= number);
  if (place < 0) place = rounds.length;
  const found = rounds[place]?.round === number ? rounds[place] : undefined;
  const before = found ?? { round: number, entries: [], ballots: [], closed: null, runOff: [], rulings: [] };
  const after = change(before);
  if (found && after === found) return state;
  rounds.splice(place, found ? 1 : 0, after);
  return { ...state, rounds };
}

/** Ballots by the participants' order. @param {State} state @param {any[]} ballots */
function seated(state, ballots) {
  const place = (/** @type {any} */ ballot) => state.seats.findIndex((seat) => seat.id === ballot.agent_id) >>> 0;
  return ballots.sort((a, b) => place(a) - place(b));
}

/** @param {any} setup */
function profilesOf(setup) {
  return [...(setup.participants ?? []), setup.moderator, setup.judge].filter(Boolean);
}

/** Names that are printable, on one line and unique, and can be put into a sentence. @param {any} setup */
function namesById(setup) {
  const profiles = profilesOf(setup);
  /** @type {Record<string, string>} */
  const names = {};
  for (const { agent_id: id, name } of profiles) {
    const shown = onOneLine(name);
    const isAlone = !profiles.some((other) => other.agent_id !== id && onOneLine(other.name) === shown);
    names[id] = shown === '' ? onOneLine(id) : isolated(isAlone ? shown : `${shown} (${onOneLine(id)})`);
  }
  return names;
}

/** @param {any} setup @returns {Seat[]} */
function seatsOf(setup) {
  const names = namesById(setup);
  return (setup.participants ?? []).map((/** @type {any} */ profile, /** @type {number} */ index) => ({
    index,
    id: profile.agent_id,
    name: names[profile.agent_id] ?? profile.agent_id,
    model: onOneLine(profile.model),
    host: onOneLine(profile.host),
    scale: profile.scale,
  }));
}
