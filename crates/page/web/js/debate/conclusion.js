// Sentences about a verdict. They say the same as the server's transcripts (crates/transcript): no more than
// the count supports, and never a vote of a run-off as a vote of the round. Pure.

import { capital, counted, grouped, inWords, listed, span } from 'synod/parts/time.js';
import { isolated, onOneLine } from 'synod/parts/printable.js';
import { changes, nameOf, optionText, turnOf, voted } from 'synod/debate/standing.js';

/** @typedef {import('synod/debate/fold.js').State} State */

/** @param {State} state @param {string | null | undefined} id */
const quoted = (state, id) => `“${isolated(onOneLine(optionText(state, id)))}”`;

/** @param {State} state @param {string[]} ids */
const namesOf = (state, ids) => listed(ids.map((id) => nameOf(state, id)));

/** Up to four names, or how many there are. @param {State} state @param {string[]} ids */
const someNames = (state, ids) => (ids.length <= 4 ? namesOf(state, ids) : `${capital(inWords(ids.length))} participants`);

/** How a debate ended, as a heading. @type {Record<string, string>} */
export const OUTCOMES = {
  consensus: 'Consensus',
  deadlock: 'No consensus: the votes no longer change',
  oscillation: 'No consensus: the votes go round in a circle',
  max_rounds: 'No consensus after the last round',
  quorum_lost: 'No verdict: fewer than two took part in the vote',
  budget: 'No consensus: the budget of tokens is spent',
  deadline: 'No consensus: the deadline has passed',
  stopped: 'Stopped before its end',
  failed: 'Failed: the debate could not continue',
};

/** The outcome in two words, for a pill. @type {Record<string, string>} */
export const OUTCOMES_SHORT = {
  consensus: 'Consensus',
  deadlock: 'Deadlock',
  oscillation: 'Oscillation',
  max_rounds: 'No consensus',
  quorum_lost: 'Quorum lost',
  budget: 'Budget spent',
  deadline: 'Deadline passed',
  stopped: 'Stopped',
  failed: 'Failed',
};

/** The closed round that a verdict is about. @param {State} state */
export function lastRound(state) {
  return state.rounds.find((round) => round.round === state.verdict?.round);
}

/** The ballots of a completed run-off of that round. @param {State} state */
export function runOffOf(state) {
  const round = lastRound(state);
  return round && round.runOff.length > 0 && round.runOff.length === state.verdict?.of ? round.runOff : null;
}

/** The votes for an option in the round itself, not in its run-off. @param {State} state @param {string | null} option */
function votesInRound(state, option) {
  const votes = lastRound(state)?.closed?.tally?.votes ?? [];
  return votes.find((/** @type {any} */ vote) => vote.option === option)?.count ?? 0;
}

/** The line above the answer: `Consensus, 3 of 4`. @param {State} state */
export function kindLine(state) {
  const { outcome, votes, of } = state.verdict;
  const words = OUTCOMES[outcome] ?? onOneLine(outcome);
  return outcome === 'consensus' ? `${words}, ${votes} of ${of}` : words;
}

/**
 * How the verdict was reached, in plain sentences.
 *
 * @param {State} state of a closed debate
 * @returns {string}
 */
export function howReached(state) {
  const v = state.verdict;
  const { votes, of, needs } = v;
  const parts = [];
  if (v.outcome === 'consensus') {
    const all = votes === of;
    parts.push(
      all
        ? `All ${inWords(of)} voted for ${quoted(state, v.answer?.id ?? v.leader)}${needs < of ? `; ${inWords(needs)} were needed` : ''}.`
        : `${capital(inWords(votes))} of ${inWords(of)} voted for ${quoted(state, v.answer?.id ?? v.leader)}; ${inWords(needs)} ${needs === 1 ? 'was' : 'were'} needed.`,
    );
  } else if (v.round === null || v.round === undefined) {
    parts.push('The debate ended before the first vote was counted.');
  } else if (v.tie_broken_by && v.leader) {
    const inRound = votesInRound(state, v.leader);
    parts.push(
      `${afterRound(v.round)} ${tiedOptions(state)} had ${counted(inRound, 'vote')} each of ${of}; a consensus needs ${needs}.`,
      v.tie_broken_by === 'run_off'
        ? `In the run-off ${quoted(state, v.leader)} got ${votes} of ${of}. A run-off breaks the tie and makes no consensus.`
        : `The judge, asked twice with the options in opposite orders, named ${quoted(state, v.leader)} both times. A ruling breaks the tie and makes no consensus.`,
    );
  } else if (v.leader) {
    parts.push(`${afterRound(v.round)} ${quoted(state, v.leader)} had ${votes} of ${of} votes; a consensus needs ${needs}.`);
  } else {
    const tied = lastRound(state)?.closed?.tally?.leaders ?? [];
    parts.push(
      tied.length > 1
        ? `${afterRound(v.round)} ${tiedOptions(state)} were tied with ${counted(votesInRound(state, tied[0]), 'vote')} each of ${of}; a consensus needs ${needs}.`
        : `${afterRound(v.round)} no option had a vote; a consensus needs ${needs} of ${of}.`,
    );
    const tie = unbrokenTie(state);
    if (tie) parts.push(tie);
  }
  const before = beforeHearing(state);
  if (before) parts.push(before);
  const moved = movedSince(state);
  if (moved) parts.push(moved);
  const others = withoutVote(state);
  if (others) parts.push(others);
  return parts.join(' ');
}

/** @param {number} round */
const afterRound = (round) => (round === 0 ? 'In the blind vote' : `After round ${round}`);

/** @param {State} state */
function tiedOptions(state) {
  const leaders = lastRound(state)?.closed?.tally?.leaders ?? [];
  return listed(leaders.map((/** @type {string} */ id) => quoted(state, id)));
}

/** @param {State} state */
function unbrokenTie(state) {
  const round = lastRound(state);
  if (!round || !['max_rounds', 'deadlock', 'oscillation'].includes(state.verdict.outcome)) return null;
  if (round.rulings.length > 0) return 'The judge did not name the same option both times.';
  if (round.runOff.length > 0) return `The run-off did not break the tie: ${countInWords(state, round.runOff)}.`;
  return null;
}

/** The votes of ballots: `“Sell” 3, “Keep” 1, 1 abstained, 1 gave no readable ballot`. @param {State} state @param {any[]} ballots */
export function countInWords(state, ballots) {
  /** @type {Map<string, number>} */
  const votes = new Map();
  for (const ballot of ballots) {
    const option = voted(ballot);
    if (option !== null) votes.set(option, (votes.get(option) ?? 0) + 1);
  }
  const parts = [...votes].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([id, n]) => `${quoted(state, id)} ${n}`);
  if (parts.length === 0) parts.push('no votes');
  const abstained = ballots.filter((ballot) => ballot.result === 'abstain').length;
  const failed = ballots.filter((ballot) => ballot.result === 'none').length;
  if (abstained) parts.push(`${abstained} abstained`);
  if (failed) parts.push(`${failed} without a ballot`);
  return parts.join(', ');
}

/** Those who did not vote for any option in the round of the verdict. @param {State} state */
function withoutVote(state) {
  const ballots = lastRound(state)?.ballots ?? [];
  const abstained = ballots.filter((ballot) => ballot.result === 'abstain').map((ballot) => ballot.agent_id);
  const failed = ballots.filter((ballot) => ballot.result === 'none').map((ballot) => ballot.agent_id);
  const parts = [];
  if (abstained.length) parts.push(`${someNames(state, abstained)} abstained`);
  if (failed.length) parts.push(`${someNames(state, failed)} gave no usable ballot`);
  const where = runOffOf(state) ? `In round ${lastRound(state)?.round}, ` : '';
  return parts.length ? `${where}${parts.join('; ')}.` : null;
}

/** How many held the answer in the blind vote. @param {State} state */
function beforeHearing(state) {
  const v = state.verdict;
  if (!v.round0 || !v.leader || v.round === 0) return null;
  const votes = v.round0.votes.find((/** @type {any} */ vote) => vote.option === v.leader)?.count ?? 0;
  const who = votes === 0 ? 'none of them' : votes === v.of ? 'all of them' : `${inWords(votes)} of them`;
  const what = v.outcome === 'consensus' ? 'it' : quoted(state, v.leader);
  return `Before they had heard each other, ${who} had voted for ${what}.`;
}

/** Those whose last vote differs from their blind vote. @param {State} state */
function movedSince(state) {
  const last = lastRound(state);
  const first = state.rounds.find((round) => round.round === 0);
  if (!last || !first || last.round === 0) return null;
  const both = last.ballots.filter((ballot) => voted(ballot) && voted(first.ballots.find((b) => b.agent_id === ballot.agent_id)));
  if (both.length === 0) return null;
  const moved = both.filter((ballot) => voted(ballot) !== voted(first.ballots.find((b) => b.agent_id === ballot.agent_id)));
  if (moved.length === 0) return 'No vote differs from the one before the debate.';
  return `${someNames(state, moved.map((ballot) => ballot.agent_id))} voted differently in the blind vote.`;
}

/** How far the verdict can be relied on. @param {State} state */
export function weight(state) {
  const v = state.verdict;
  const leader = v.leader ? quoted(state, v.leader) : null;
  switch (v.outcome) {
    case 'consensus':
      if (v.hollow || v.demo) return 'The count makes a consensus, but read the caution before you rely on it.';
      if (v.votes === v.of) return 'That is their shared opinion, not a proof.';
      return 'That is enough for the consensus that was asked for; read what the others object.';
    case 'quorum_lost':
    case 'failed':
      return 'Too few took part to the end: this says nothing about the question.';
    case 'stopped':
    case 'budget':
    case 'deadline':
      return leader ? 'The debate was cut short; the votes may still have changed.' : 'The debate was cut short: no option leads so far.';
    case 'deadlock':
    case 'oscillation':
    case 'max_rounds':
      return leader ? 'Take it as a tendency, not as an answer.' : 'No option leads: weigh the arguments yourself.';
    default:
      return '';
  }
}

/** Reasons to doubt a verdict. @param {State} state @returns {Array<{ title: string, text: string }>} */
export function cautions(state) {
  const v = state.verdict;
  const found = [];
  if (v.hollow === 'unexplained') {
    found.push({ title: 'This consensus may be hollow.', text: 'Half or more of those who came over named no statement that moved them.' });
  }
  if (v.hollow === 'same_model') {
    found.push({
      title: 'One model, not a panel.',
      text: 'All participants are one model, and they agreed before they had heard each other. This consensus may be hollow.',
    });
  }
  if (v.demo) {
    const tiny = (state.setup?.participants ?? []).filter((/** @type {any} */ seat) => seat.scale === 'tiny');
    const models = new Set(tiny.map((/** @type {any} */ seat) => `${seat.host}/${seat.model}`));
    const voter = models.size === 1 ? (tiny[0].host === 'embedded' ? 'The small demo model' : `A tiny model, ${onOneLine(tiny[0].model)},`) : 'A tiny model';
    found.push({ title: 'Near chance.', text: `${voter} voted, and its ballots are near chance. Use a larger model for a verdict that means something.` });
  }
  /** Those who were silent alike, by what they did not do and why. @type {Map<string, { what: string, why: string, ids: string[] }>} */
  const alike = new Map();
  for (const silent of v.silent ?? []) {
    const what = silent.never_spoke && silent.never_voted ? 'never spoke and never voted' : silent.never_spoke ? 'never spoke' : 'never voted';
    const why = silent.cause ? `The most frequent cause: ${CAUSES[silent.cause] ?? onOneLine(silent.cause)}.` : '';
    const group = alike.get(what + why) ?? { what, why, ids: [] };
    group.ids.push(silent.agent_id);
    alike.set(what + why, group);
  }
  for (const { what, why, ids } of alike.values()) found.push({ title: `${someNames(state, ids)} ${what}.`, text: why });
  if (v.outcome === 'quorum_lost' || v.outcome === 'failed') {
    found.push({ title: 'Before you ask again,', text: 'look at “Panel”, or run synod doctor: does each host answer, and does it have the models of this panel?' });
  }
  return found;
}

/** @type {Record<string, string>} */
const CAUSES = {
  deadline: 'the time limit passed',
  model_error: 'the model failed',
  empty: 'the replies were empty',
  invalid: 'the replies could not be read',
  context: "the prompt did not fit the model's window",
  all_thought: 'the model thought up to its limit and said nothing',
};

/** Facts about the course of a debate, as label and value. @param {State} state @returns {Array<[string, string]>} */
export function costs(state) {
  const v = state.verdict;
  const { usage } = state;
  const about = usage.estimated ? 'about ' : '';
  if (!v) {
    return [
      ['Calls', `${grouped(usage.begun)} of at most ${grouped(state.setup?.limits?.most_calls ?? 0)}`],
      ['Tokens read', about + grouped(usage.prompt)],
      ['Tokens written', about + grouped(usage.output)],
    ];
  }
  /** @type {Array<[string, string]>} */
  const facts = [];
  const last = lastRound(state)?.closed?.tally;
  const panel = last ?? v.panel;
  if (panel) {
    const others = [panel.abstained ? `${panel.abstained} abstained` : '', panel.failed ? `${panel.failed} without a ballot` : ''];
    facts.push(['Asked', grouped(panel.asked ?? v.of)], ['Voted', [`${panel.answered}`, ...others.filter(Boolean)].join(', ')]);
  }
  if (v.round !== null && v.round !== undefined) facts.push(['Rounds', `${v.round} of at most ${state.setup?.config?.max_rounds ?? '?'}`]);
  facts.push(
    ['Calls', grouped(v.calls.begun) + (v.calls.voided ? `, ${grouped(v.calls.voided)} voided` : '')],
    ['Tokens read', about + grouped(v.tokens.prompt)],
    ['Tokens written', about + grouped(v.tokens.output)],
  );
  if (v.tokens.prompt !== v.tokens.round0_prompt) {
    facts.push(['of these in the opening', `${grouped(v.tokens.round0_prompt)} and ${grouped(v.tokens.round0_output)}`]);
  }
  facts.push(['Time', span(v.running_ms)]);
  return facts;
}

/** Where the argument beside an answer comes from. @param {State} state */
export function sourceOfArgument(state) {
  const argument = state.verdict?.argument;
  const turn = turnOf(state, argument?.turn);
  if (!turn) return '';
  const namers = new Set(changes(state).filter((change) => change.movedBy === argument.turn).map((change) => change.seat.id)).size;
  const named = namers === 0 ? '' : `, named by ${namers === 1 ? 'one voter' : `${inWords(namers)} voters`} as what moved them`;
  return `statement ${argument.turn}${turn.round === 0 ? ', before the others were heard' : ''}${named}`;
}
