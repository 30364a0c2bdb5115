import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pauseInWords } from 'synod/debate/words.js';
import { doingTogether, phase, resultOf, standingOf } from 'synod/list/words.js';
import { changesOf, idOf } from 'synod/panel/agent-draft.js';
import { backgroundOf, followUp } from 'synod/start/follow.js';

const options = [{ id: 'O1', text: 'Close it' }, { id: 'O2', text: 'Keep it' }];
const verdict = { outcome: 'consensus', answer: options[0], leader: 'O1', votes: 3, needs: 3, of: 4, dissent: [{ option: 'O2' }], argument: { turn: 2 } };

test('a result says the answer, or why there is none and who leads', () => {
  const ended = { status: 'completed', outcome: 'consensus', pause: null };
  assert.deepEqual(resultOf(ended, { verdict, options }), { answer: 'Close it', words: 'Consensus, 3 of 4' });
  assert.deepEqual(resultOf(ended), { answer: '', words: 'Consensus' });
  const open = { ...verdict, outcome: 'max_rounds', answer: null, votes: 2 };
  assert.equal(
    resultOf({ ...ended, outcome: 'max_rounds' }, { verdict: open, options }).words,
    'No consensus after the last round. In the lead: Close it, 2 of 4',
  );
  assert.equal(resultOf({ status: 'running', outcome: null, pause: null }).words, 'Running');
  assert.equal(resultOf({ status: 'paused', outcome: null, pause: { reason: 'disk_full' } }).words, 'Paused: the disk of the server is full');
});

test('words of a newer server are shown as they are', () => {
  assert.equal(resultOf({ status: 'completed', outcome: 'coin_toss' }).words, 'coin toss');
  assert.equal(pauseInWords({ reason: 'full_moon', detail: 'until six' }), 'Paused: full moon (until six)');
  assert.equal(doingTogether(new Set(['dream'])), 'work');
});

test('the opening is no round', () => {
  const config = { max_rounds: 3 };
  assert.deepEqual(phase({ status: 'running', stage: 'opening', round: 0, config }), { round: 'Opening', part: 'blind statements' });
  assert.deepEqual(phase({ status: 'running', stage: 'voting', round: 2, config }), { round: 'Round 2 of 3', part: 'vote' });
});

test('the standingOf counts the votes of the last closed round', () => {
  const ballot = (round, agent_id, option) => ({ round, agent_id, option, run_off: false });
  const view = {
    rounds: [{ round: 0 }, { round: 1 }],
    options,
    ballots: [ballot(0, 'a', 'O2'), ballot(1, 'a', 'O1'), ballot(1, 'b', 'O1'), ballot(1, 'c', null), ballot(2, 'c', 'O2')],
  };
  assert.deepEqual(standingOf(view).map(({ id, votes }) => [id, votes]), [['O1', 2], ['O2', 0]]);
});

test('a follow-up tells question, verdict and argument, and drops agents that are gone', () => {
  const view = {
    config: { debate_topic: 'Cars? ', selected_agents: ['ada', 'gone'], debate_rules: {} },
    participants: [{ agent_id: 'ada', name: 'Ada' }, { agent_id: 'gone', name: 'Gone' }],
    verdict,
    options,
    statements: [{ turn: 2, text: ' Because. ' }],
  };
  const { changes, gone } = followUp(view, ['ada', 'bo']);
  assert.deepEqual(changes.agents, ['ada']);
  assert.deepEqual(gone, ['Gone']);
  assert.match(changes.context, /question: Cars\?\nIts outcome: consensus\nIts answer: Close it\nVotes: 3 of 4; 3 were needed\nDissent: votes for Keep it\nAn argument for it: Because\.$/);
  assert.match(backgroundOf({ ...view, verdict: null }), /no verdict/);
});

test('a context that is too long is cut at a character', () => {
  const long = { config: { debate_topic: '€'.repeat(30_000) }, verdict, options, statements: [] };
  const bytes = new TextEncoder().encode(backgroundOf(long)).length;
  assert.ok(bytes <= 65_536 && bytes > 65_500, `${bytes} bytes`);
  assert.doesNotMatch(backgroundOf(long), /\uFFFD/);
});

test('an agent is added with what was given, and changed in what differs', () => {
  const draft = { agent_id: 'zoe', name: ' Zoë ', expertise: 'a gardener', voice: '', host: '', model: '' };
  assert.deepEqual(changesOf({}, draft), { agent_id: 'zoe', expertise: 'a gardener', name: 'Zoë' });
  const agent = { agent_id: 'zoe', name: 'Zoë', expertise: 'a gardener', voice: 'softly', host: 'hall', model: 'a:1b' };
  assert.deepEqual(changesOf(agent, { ...draft, voice: 'softly', host: '', model: 'b:1b' }), { host: null, model: 'b:1b' });
  assert.equal(idOf('Zoë & Söhne'), 'zoe-sohne');
  assert.equal(idOf('🦄'), '');
});
