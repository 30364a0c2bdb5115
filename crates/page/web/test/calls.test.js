import assert from 'node:assert/strict';
import { test } from 'node:test';

import { activity } from 'synod/debate/words.js';
import { noCalls, withEvents } from 'synod/list/calls.js';

const started = (seq, call, agent_id) => ({ seq, type: 'call_started', data: { call, agent_id, purpose: 'argument' } });

test('a call is open from its start to whatever ends it', () => {
  const calls = withEvents(noCalls(0), [
    started(1, 7, 'ada'),
    started(2, 8, 'ben'),
    { seq: 3, type: 'turn_ended', data: { call: 7 } },
    { seq: 4, type: 'round_closed', data: {} },
  ]);
  assert.equal(calls.after, 4);
  assert.deepEqual([...calls.open.values()].map(({ agent_id }) => agent_id), ['ben']);
  assert.equal(withEvents(calls, [{ seq: 5, type: 'call_voided', data: { call: 8 } }]).open.size, 0);
});

test('options of the request end no call, and the end of the debate ends all', () => {
  const calls = withEvents(noCalls(0), [started(1, 7, 'ada'), { seq: 2, type: 'options_set', data: { call: null } }]);
  assert.equal(calls.open.size, 1);
  assert.equal(withEvents(calls, [{ seq: 3, type: 'debate_closed', data: {} }]).open.size, 0);
});

test('an open call says what its agent does, whatever the others do', () => {
  const call = { purpose: 'argument', speaks: false, thinks: false, progress: null };
  const word = (more) => activity({ ...call, ...more })[0];
  assert.equal(word({}), 'reading the prompt');
  assert.equal(word({ progress: { state: 'queued', ahead: 2 } }), 'queued');
  assert.equal(word({ progress: { state: 'loading' } }), 'loading the model');
  assert.equal(word({ progress: { state: 'away' } }), 'waiting');
  assert.equal(word({ progress: { state: 'generating' } }), 'writing');
  assert.equal(word({ progress: { state: 'generating' }, thinks: true }), 'thinking');
  assert.equal(word({ progress: { state: 'generating' }, purpose: 'ballot' }), 'voting');
  assert.equal(word({ progress: { state: 'generating' }, thinks: true, speaks: true }), 'speaking');
});
