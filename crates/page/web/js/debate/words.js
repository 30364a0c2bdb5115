// Descriptions of events, as the server's transcripts (crates/transcript) have them. Pure.

import { capital, counted, inWords, listed } from 'synod/parts/time.js';
import { onOneLine } from 'synod/parts/printable.js';
import { count, nameOf } from 'synod/debate/standing.js';

/** @typedef {import('synod/debate/fold.js').State} State */

/**
 * @typedef {object} Doings what is known of an open call
 * @property {string} purpose
 * @property {boolean} [speaks] whether words of it have arrived
 * @property {boolean} [thinks] whether thoughts of it have arrived
 * @property {any} [progress] the data of its last `call_state`
 * @property {number} [attempt]
 * @property {string} [host]
 * @property {string} [model]
 */

/** What a model does that is no speaker's. @type {Record<string, string>} */
const WRITES = { ballot: 'voting', run_off: 'voting', judge: 'judging', move: 'choosing' };

/** What the agent of an open call does, in a word and in a sentence. @param {Doings} doings @returns {[string, string?]} */
export function activity({ purpose, speaks, thinks, progress, attempt = 1, host = 'the host', model = 'the model' }) {
  const again = attempt > 1 ? ' once more' : '';
  const { ahead, wait_seconds: wait } = progress ?? {};
  if (speaks) return ['speaking'];
  switch (progress?.state) {
    case 'away':
      return ['waiting', `${host} cannot be reached; the call waits for it${wait ? `, ${counted(Math.round(wait), 'second')} at most` : ''}`];
    case 'queued':
      return ['queued', ahead ? `${counted(ahead, 'call')} before it at ${host}` : `Next on the host ${host}`];
    case 'loading':
      return ['loading the model', `Loading ${model}`];
    case 'generating':
      return thinks ? ['thinking'] : [WRITES[purpose] ?? 'writing'];
    default:
      return thinks ? ['thinking'] : ['reading the prompt', `Reading the prompt${again}`];
  }
}

/** The name of a round. @param {number} round */
export const roundName = (round) => (round === 0 ? 'Blind opening' : `Round ${round}`);

/** Why a turn has no statement; null if it has one. @param {any} turn */
export function silence(turn) {
  if (turn.result === 'spoke') return null;
  if (turn.result === 'passed') {
    return /^pass\W*$/i.test(turn.text.trim()) ? 'has nothing to add' : 'has nothing to add, and repeats an earlier statement';
  }
  /** @type {Record<string, string>} */
  const causes = {
    deadline: 'the time limit passed',
    model_error: 'the model failed',
    invalid: 'the reply could not be read',
    context: "the prompt does not fit the model's window",
    all_thought: 'the model thought up to its limit and said nothing',
  };
  return `made no statement: ${causes[turn.cause] ?? 'the reply was empty'}`;
}

/** The limit that cut a statement. @type {Record<string, string>} */
export const CUTS = { deadline: 'cut by the time limit', length: 'cut at the token limit' };

/** A ballot without a vote. @param {any} ballot */
export function noVote(ballot) {
  if (ballot.result !== 'none') return 'abstained';
  /** @type {Record<string, string>} */
  const causes = {
    deadline: 'no ballot in time',
    model_error: 'no ballot: the model failed',
    context: 'no ballot: the prompt did not fit',
    all_thought: 'no ballot: the model thought up to its limit and said nothing',
  };
  return causes[ballot.cause] ?? 'no readable ballot';
}

/** Why a debate is paused. @param {any} pause */
export function pauseInWords(pause) {
  const hosts = listed((pause.hosts ?? []).map(onOneLine));
  const many = (pause.hosts ?? []).length > 1;
  /** @type {Record<string, string>} */
  const reasons = {
    command: '',
    poison: 'the same call was lost with its process three times',
    disk_full: 'the disk of the server is full',
    hosts_away: !hosts
      ? 'no host of its models could be reached'
      : pause.detail
        ? `${hosts} served no calls`
        : `${hosts} could not be reached or ${many ? 'were' : 'was'} not ready`,
    hosts_refuse: hosts ? `${hosts} ${many ? 'refuse' : 'refuses'} its calls` : 'hosts refuse its calls',
    model_changed: (pause.models ?? []).length > 1 ? 'models have changed' : 'a model has changed',
  };
  const why = reasons[pause.reason] ?? onOneLine(pause.reason.replaceAll('_', ' '));
  const detail = pause.detail ? ` (${onOneLine(pause.detail)})` : '';
  return why ? `Paused: ${why}${detail}` : 'Paused';
}

/** The move of a moderator. @param {State} state @param {any} move */
export function moveInWords(state, move) {
  const whom = nameOf(state, move.agent_id) || 'nobody';
  if (move.source === 'scheduler') return `The moderator chose no legal move; by the rules ${whom} is next`;
  if (move.move === 'ask_evidence') return `The moderator asks ${whom} for evidence`;
  if (move.move === 'call_vote') return 'The moderator calls the vote';
  return `The moderator gives the floor to ${whom}`;
}

/** The source of a list of options. @type {Record<string, string>} */
export const OPTION_SOURCES = {
  clerk: 'A neutral clerk listed the answers of the openings, word for word',
  fallback: 'The answers stated in the openings are the options',
  ballots: 'Ballots proposed a new option',
};

/** @type {Record<string, string>} */
export const REPAIRS = {
  ballot: 'ballot',
  run_off: 'ballot of the run-off',
  judge: 'ruling',
  options: 'list of options',
  move: 'move',
};

/** The rules of a debate in a sentence or two. @param {State} state */
export function rulesLine(state) {
  const { limits } = state.setup;
  const n = state.seats.length;
  const models = new Set(state.seats.map((seat) => seat.model)).size;
  const panel = `${capital(inWords(n))} speakers, ${models === 1 ? 'one model' : `${inWords(models)} models`}.`;
  return `${panel} A consensus needs ${limits.needs} of ${limits.of} votes. No speaker sees who votes for what.`;
}

/** What happened to the votes of a round, after its count. @param {State} state @param {import('synod/debate/fold.js').Round} round */
export function roundInWords(state, round) {
  const tally = round.closed?.tally;
  if (!tally) return '';
  const parts = [];
  if (round.round > 0) {
    const changed = tally.changed.length;
    parts.push(changed === 0 ? 'No vote went to another option.' : `${capital(inWords(changed))} ${changed === 1 ? 'vote' : 'votes'} went to another option.`);
  }
  if (round.closed.then === 'run_off') parts.push('The leaders are tied: a run-off follows.');
  if (round.closed.then === 'judge') parts.push('The leaders are tied: the judge rules.');
  return parts.join(' ');
}

/** A count as a sentence for a screen reader: `Close it 2, Keep it open 1, 1 abstained; 3 of 4 needed`. @param {State} state @param {import('synod/debate/fold.js').Round} round */
export function tallyInWords(state, round) {
  const c = count(state, round, false);
  const votes = c.rows.filter((row) => row.voters.length).map((row) => `${onOneLine(row.option.text)} ${row.voters.length}`);
  if (c.abstained.length) votes.push(`${c.abstained.length} abstained`);
  if (c.failed.length) votes.push(`${c.failed.length} without a ballot`);
  return `${votes.join(', ')}; ${c.needs} of ${c.of} needed`;
}
