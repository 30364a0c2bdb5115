import assert from 'node:assert/strict';
import { test } from 'node:test';

import { byField, bytesOf, newDraft, problemsOf, rulesOf, toRequest, withDefaults } from 'synod/start/draft.js';
import { usualPanel } from 'synod/start/usual-panel.js';
import { duration, size } from 'synod/start/words.js';

test('blank answers are left out, and problems find the answers that were sent', () => {
  const draft = { ...newDraft(), closed: true, options: ['Yes', ' ', 'yes', ''] };
  assert.deepEqual(toRequest(draft).debate_rules.options, ['Yes', 'yes']);
  const fields = byField(draft, [
    { path: 'debate_rules.options.1', message: 'Twice.' },
    { path: 'selected_agents.0', message: 'Unknown.' },
    { path: 'selected_agents', message: 'At least 2.' },
    { path: 'elsewhere', message: 'Wrong.' },
  ]);
  assert.deepEqual(fields, {
    'options.2': 'Twice.',
    agents: 'Unknown. At least 2.',
    '': 'elsewhere: Wrong.',
  });
});

test('an option over the limit is refused with both figures', () => {
  const draft = { ...newDraft(), closed: true, options: ['Yes', '🦀'.repeat(161)] };
  assert.deepEqual(problemsOf(draft), { 'options.1': 'The option has 161 characters; the limit is 160.' });
  assert.deepEqual(problemsOf({ ...draft, options: ['Yes', `${'🦀'.repeat(160)} `] }), {});
});

test('an open question has no options, whatever was typed before', () => {
  const draft = { ...newDraft(), options: ['Yes', 'No'] };
  assert.equal('options' in toRequest(draft).debate_rules, false);
});

test('numbers are sent as numbers, what is none as it is, and blanks not at all', () => {
  const draft = { ...newDraft(), rounds: '99', passes: 'two', maxTokens: '', deadline: '1.5', threshold: '66' };
  const request = toRequest(draft);
  assert.equal(request.max_rounds, 99);
  assert.equal(request.max_iterations_per_round, 'two');
  assert.equal(request.consensus_threshold, 0.66);
  assert.equal(request.debate_rules.deadline_seconds, 90);
  assert.equal('max_tokens_per_turn' in request.debate_rules, false);
});

test('a moderator is sent only with a debate that has one', () => {
  const draft = { ...newDraft(), moderator: 'moderator' };
  assert.equal('moderator' in toRequest(draft).debate_rules, false);
  assert.equal(toRequest({ ...draft, mode: 'autonomous' }).debate_rules.moderator, 'moderator');
});

test('the rules of an earlier debate fill the form and come back unchanged', () => {
  const config = {
    debate_mode: 'freeform',
    max_rounds: 4,
    max_iterations_per_round: 2,
    consensus_threshold: 2 / 3,
    time_limit_per_argument: 90,
    debate_rules: { decision_rule: 'majority', min_rounds: 0, moderator: null, judge: 'moderator', run_off: false,
      max_tokens_per_turn: 300, max_total_tokens: null, deadline_seconds: 600, seed: null },
  };
  const draft = { ...newDraft(), ...rulesOf(config) };
  const request = toRequest(draft);
  assert.equal(request.debate_mode, 'freeform');
  assert.equal(request.debate_rules.judge, 'moderator');
  assert.equal(request.debate_rules.deadline_seconds, 600);
  assert.equal(request.debate_rules.min_rounds, 0);
  // The server subtracts a millionth before it rounds the votes needed up.
  assert.equal(Math.ceil((Number(request.consensus_threshold) - 1e-6) * 3), 2);
  assert.deepEqual(withDefaults(newDraft(), null), newDraft());
  const configured = { debate_mode: null, max_rounds: 7, consensus_threshold: null, decision_rule: 'majority' };
  assert.deepEqual(withDefaults(newDraft(), configured), { ...newDraft(), rounds: '7', rule: 'majority' });
});

test('what the server would refuse is said without asking it', () => {
  assert.deepEqual(problemsOf(newDraft()), {});
  const draft = { ...newDraft(), rounds: '21', passes: '1.5', threshold: '66.7', seed: '', closed: true, options: ['Yes', 'yes', ''] };
  assert.deepEqual(problemsOf(draft), {
    rounds: 'At most 20.',
    passes: 'A whole number is needed.',
    'options.1': 'This is the same answer as another.',
  });
  assert.equal(problemsOf({ ...draft, options: ['Yes', ' '] }).options, 'List two options or more.');
});

test('a new debate begins with configured, different or usual voices', () => {
  const agent = (agent_id, model = null, status = 'idle') => ({ agent_id, model, status: { status } });
  const builtIn = ['analyst', 'critic', 'moderator', 'pragmatist'].map((id) => agent(id));
  assert.deepEqual(usualPanel(builtIn, null), ['analyst', 'critic', 'pragmatist']);
  const cast = [agent('ada', 'a:8b'), agent('bo', 'b:8b'), agent('cy', 'c:8b', 'unavailable')];
  assert.deepEqual(usualPanel([...builtIn, ...cast], null), ['ada', 'bo', 'analyst']);
  assert.deepEqual(usualPanel([...cast, agent('dee')], null), ['ada', 'bo', 'dee']);
  assert.deepEqual(usualPanel(cast, null), ['ada', 'bo']);
  assert.deepEqual(usualPanel([...builtIn, ...cast], ['cy', 'critic', 'gone']), ['cy', 'critic']);
  assert.deepEqual(usualPanel([...builtIn, agent('ada', 'a:8b'), agent('bo', 'a:8b')], null), ['analyst', 'critic', 'pragmatist']);
  assert.deepEqual(usualPanel([agent('moderator'), agent('x'), agent('y')], null), ['x', 'y']);
  assert.deepEqual(usualPanel([agent('moderator'), agent('x')], null), ['moderator', 'x']);
});

test('bytes are those of UTF-8', () => assert.equal(bytesOf('é😀'), 6));

test('durations and sizes read as people say them', () => {
  assert.deepEqual([4, 42, 58, 235, 3000, 5400, 9000].map(duration), [
    'a few seconds', '40 seconds', '1 minute', '4 minutes', '50 minutes', '1½ hours', '2½ hours',
  ]);
  assert.deepEqual([398e6, 3212e6, 41e9].map(size), ['398 MB', '3.2 GB', '41 GB']);
});
