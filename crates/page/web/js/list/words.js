// States and results of debates in plain words. No DOM.

import { OUTCOMES } from 'synod/debate/conclusion.js';
import { pauseInWords } from 'synod/debate/words.js';
import { isolated, onOneLine } from 'synod/parts/printable.js';

/** @type {Record<string, string>} */
const STATUS = {
  initialized: 'Not started',
  running: 'Running',
  paused: 'Paused',
  completed: 'Ended',
  stopped: 'Stopped',
  failed: 'Failed',
};

/** @type {Record<string, string>} */
const STAGE = {
  opening: 'openings',
  options: 'listing answers',
  discussion: 'arguments',
  voting: 'vote',
  run_off: 'run-off',
  judging: 'the judge rules',
};

/** @type {Record<string, string>} */
const DOING = {
  opening: 'writes an opening',
  argument: 'writes an argument',
  options: 'lists the answers',
  move: 'chooses who is next',
  ballot: 'votes',
  run_off: 'votes in the run-off',
  judge: 'rules on the tie',
};

/** @type {Record<string, string>} */
const DOING_TOGETHER = { opening: 'write openings', argument: 'write arguments', ballot: 'vote', run_off: 'vote in the run-off' };

/** @param {string} status */
export const statusWord = (status) => STATUS[status] ?? status;

/** @param {string} outcome */
const outcomeWords = (outcome) => OUTCOMES[outcome] ?? outcome.replaceAll('_', ' ');

/** @param {string} purpose of a call */
export const doing = (purpose) => DOING[purpose] ?? purpose;

/** What several do at once. @param {Set<string>} purposes of their calls */
export function doingTogether(purposes) {
  const words = new Set([...purposes].map((purpose) => DOING_TOGETHER[purpose] ?? 'work'));
  const [word = 'work'] = words;
  return words.size === 1 ? word : 'work';
}

/** Round and phase as a header says them. @param {any} view */
export function phase({ status, stage, round, config }) {
  const part = stage ? STAGE[stage] ?? stage : '';
  if (status === 'initialized') return { round: 'Not started', part: '' };
  if (round === 0) return { round: 'Opening', part: stage === 'opening' ? 'blind statements' : stage === 'voting' ? 'blind vote' : part };
  return { round: `Round ${round} of ${config.max_rounds}`, part };
}

/**
 * How a debate came out, as a list says it.
 *
 * @param {any} summary
 * @param {any} [view] the whole debate, if it is known
 */
export function resultOf({ status, outcome, pause }, view) {
  const verdict = view?.verdict;
  if (status === 'paused' && pause) return { answer: '', words: pauseInWords(pause) };
  if (!outcome) return { answer: '', words: statusWord(status) };
  if (!verdict) return { answer: '', words: outcomeWords(outcome) };
  const votes = verdict.of ? `${verdict.votes} of ${verdict.of}` : '';
  if (verdict.answer) return { answer: verdict.answer.text, words: `${outcomeWords(outcome)}, ${votes}` };
  const leader = view.options.find((/** @type {any} */ { id }) => id === verdict.leader)?.text;
  if (leader) return { answer: '', words: `${outcomeWords(outcome)}. In the lead: ${isolated(onOneLine(leader))}, ${votes}` };
  return { answer: '', words: outcomeWords(outcome) };
}

/**
 * The counts of the last vote, the leader first.
 *
 * @param {any} view
 * @returns {{ id: string, text: string, votes: number, voters: string[] }[]}
 */
export function standingOf({ rounds, ballots, options }) {
  const last = rounds[rounds.length - 1];
  const cast = ballots.filter(
    (/** @type {any} */ ballot) => ballot.round === last?.round && !ballot.run_off && ballot.option,
  );
  return options
    .map((/** @type {any} */ { id, text }) => {
      const voters = cast.filter((/** @type {any} */ { option }) => option === id);
      return { id, text, votes: voters.length, voters: voters.map((/** @type {any} */ { agent_id }) => agent_id) };
    })
    .sort((/** @type {any} */ a, /** @type {any} */ b) => b.votes - a.votes);
}
