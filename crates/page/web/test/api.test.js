import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toProblem } from '../js/api/refusal.js';
import { SseParser } from '../js/api/sse.js';

const messages = (...pieces) => {
  const parser = new SseParser();
  return pieces.flatMap((piece) => [...parser.push(piece)]);
};

test('a stream cut at any place gives the same messages', () => {
  const text = ': comment\r\n\r\nid: 4\nevent: turn.delta\ndata: {"a":\ndata: 1}\n\nid:5\r\ndata:two\r\n\r\ndata\n\n';
  const whole = messages(text);
  assert.deepEqual(whole, [
    { id: '4', event: 'turn.delta', data: '{"a":\n1}' },
    { id: '5', event: 'message', data: 'two' },
    { id: '5', event: 'message', data: '' },
  ]);
  for (let at = 1; at < text.length; at += 1) {
    assert.deepEqual(messages(text.slice(0, at), text.slice(at)), whole, `cut at ${at}`);
  }
});

test('a message that is not complete is not sent', () => {
  assert.deepEqual(messages('data: half\n'), []);
  assert.deepEqual(messages('event: x\n\ndata: y\n\n'), [{ id: '', event: 'message', data: 'y' }]);
});

test('problems of /api/v1 name each field', () => {
  const problem = toProblem(422, {
    type: 'about:blank',
    title: 'Unprocessable Entity',
    status: 422,
    detail: '2 values are wrong',
    errors: [
      { type: 'less_than_equal', loc: ['body', 'max_rounds'], msg: 'Input should …', ctx: { le: 20 } },
      {
        type: 'value_error',
        loc: ['body', 'debate_rules', 'options', 1],
        msg: 'Value error, "a" is the same answer as "a"',
        ctx: { error: {} },
      },
    ],
  });
  assert.equal(problem.detail, '2 values are wrong');
  assert.deepEqual(problem.fields, [
    { path: 'max_rounds', message: 'At most 20.' },
    { path: 'debate_rules.options.1', message: '"a" is the same answer as "a".' },
  ]);
});

test("FastAPI's detail is a list or a text", () => {
  const listed = toProblem(422, {
    detail: [{ type: 'string_too_short', loc: ['body', 'debate_topic'], msg: '…', ctx: { min_length: 1 } }],
  });
  assert.deepEqual(listed.fields, [{ path: 'debate_topic', message: 'This is empty.' }]);
  assert.equal(listed.detail, '1 value is wrong');
  const refused = toProblem(409, { detail: 'cannot pause', status: 'completed', allowed: [] });
  assert.equal(refused.detail, 'Cannot pause');
  assert.equal(refused.debateStatus, 'completed');
  assert.deepEqual(refused.allowed, []);
});

test('a missing key is told to people, not to programs', () => {
  const problem = toProblem(401, { title: 'Unauthorized', detail: 'an API key is needed: `Authorization: Bearer KEY`' });
  assert.equal(problem.title, 'A key is needed');
  assert.doesNotMatch(problem.detail, /Bearer/);
});

test('an answer that is not JSON is told by its status', () => {
  const problem = toProblem(502, null);
  assert.equal(problem.title, 'Bad gateway');
  assert.match(problem.detail, /proxy/);
  assert.ok(problem.isTransient);
});

test('patterns are told in words', () => {
  const message = (pattern) =>
    toProblem(422, { errors: [{ type: 'string_pattern_mismatch', loc: ['body', 'x'], msg: '', ctx: { pattern } }] }).fields[0].message;
  assert.match(message('^[A-Za-z0-9][A-Za-z0-9._-]*$'), /letter or digit first/);
  assert.match(message('^[^\\s\\x00-\\x1f\\x7f-\\x9f]+$'), /spaces/);
  assert.match(message('[^\\s\\x00-\\x1f\\x7f-\\x9f]'), /empty/);
});
