import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { fold, foldAll, initial, joined } from 'synod/debate/fold.js';
import { changes, count, namedBy, progress, shortNames, standing, turnOf } from 'synod/debate/standing.js';
import { Timeline } from 'synod/debate/clock.js';
import { spread } from 'synod/debate/spread.js';
import { delay } from 'synod/debate/stream.js';
import { cautions, costs, howReached, kindLine, weight } from 'synod/debate/conclusion.js';
import { pauseInWords, silence } from 'synod/debate/words.js';
import { onOneLine, printable, shortened } from 'synod/parts/printable.js';

const log = (name) =>
  readFileSync(new URL(`fixtures/${name}.ndjson`, import.meta.url), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const consensus = log('consensus');
const runOff = log('run-off');
const upTo = (events, seq) => foldAll(initial(), events.filter((event) => event.seq <= seq));

/** The log with a change to the data of its last event. */
const ending = (events, change) => {
  const last = events[events.length - 1];
  return foldAll(initial(), [...events.slice(0, -1), { ...last, data: { ...last.data, ...change } }]);
};

test('a fold changes nothing of the state before', () => {
  let state = initial();
  for (const event of [...consensus, ...runOff.map((e) => ({ ...e, seq: e.seq + consensus.length }))]) {
    const before = JSON.stringify(state);
    const next = fold(state, event);
    assert.equal(JSON.stringify(state), before, `event ${event.seq} changed the state before it`);
    state = next;
  }
});

test('events that were read already change nothing', () => {
  const state = foldAll(initial(), consensus);
  assert.equal(foldAll(state, consensus), state);
});

test('an event of an unknown type moves the position and nothing else', () => {
  const state = upTo(consensus, 10);
  const next = fold(state, { v: 1, seq: 11, at: consensus[10].at, type: 'applause', data: { loud: true } });
  assert.equal(next.seq, 11);
  assert.equal(next.rounds, state.rounds);
});

test('a round that did not change is the same object, so that it is not drawn again', () => {
  const before = upTo(consensus, 40);
  const after = upTo(consensus, 41);
  const continued = fold(before, consensus[40]);
  assert.equal(continued.rounds[0], before.rounds[0]);
  assert.equal(continued.rounds[1], before.rounds[1]);
  assert.deepEqual(continued, after);
});

test('pieces of a statement are joined, and replaced by a whole one', () => {
  assert.equal(joined('Close ', { text: 'it' }), 'Close it');
  assert.equal(joined('Close it', { text: 'Close it all', whole: true }), 'Close it all');
  const state = upTo(consensus, 3);
  assert.equal(fold(state, { type: 'turn_delta', data: { call: 1, text: 'Close', whole: false } }), state);
});

test('a call is open from its start to its end', () => {
  assert.deepEqual(Object.keys(upTo(consensus, 6).calls), ['1', '2', '3', '4']);
  assert.deepEqual(Object.keys(upTo(consensus, 8).calls), ['3', '4']);
  assert.deepEqual(upTo(consensus, 57).calls, {});
});

test('statements are in speaking order, whichever ends first', () => {
  const swapped = [...consensus];
  [swapped[6], swapped[9]] = [{ ...swapped[9], seq: 7 }, { ...swapped[6], seq: 10 }];
  const turns = foldAll(initial(), swapped.slice(0, 10)).rounds[0].entries.map((entry) => entry.data.turn);
  assert.deepEqual(turns, [1, 2, 3, 4]);
});

test('an unreadable ballot is noted, and asked for once more', () => {
  const state = upTo(consensus, 18);
  const repair = state.rounds[0].entries.find((entry) => entry.kind === 'repair');
  assert.equal(repair.data.agent_id, 'pragmatist');
  assert.equal(state.usage.voided, 1);
});

test('the time of a pause does not count as running time', () => {
  const state = foldAll(initial(), runOff);
  assert.ok(Math.abs(state.runningMs - state.verdict.running_ms) < 50, `${state.runningMs} ${state.verdict.running_ms}`);
});

test('time that the process did not witness does not count', () => {
  const events = consensus.slice(0, 5);
  const later = (ms) => new Date(Date.parse(events[4].at) + ms).toISOString();
  const state = foldAll(initial(), events);
  const recovered = fold(state, { seq: 6, at: later(60_000), type: 'debate_recovered', data: {} });
  assert.equal(recovered.runningMs, state.runningMs);
  assert.equal(fold(recovered, { seq: 7, at: later(61_000), type: 'vote_called', data: {} }).runningMs, state.runningMs + 1_000);
});

test('the tally that is shown is the one that the server counted', () => {
  for (const events of [consensus, runOff]) {
    const state = foldAll(initial(), events);
    for (const round of state.rounds) {
      const { tally } = round.closed;
      const shown = count(state, round, false);
      const votes = Object.fromEntries(shown.rows.map((row) => [row.option.id, row.voters.length]));
      for (const vote of tally.votes) assert.equal(votes[vote.option], vote.count);
      assert.equal(shown.abstained.length, tally.abstained);
      assert.equal(shown.failed.length, tally.failed);
      assert.equal(shown.pending.length, 0);
      const changed = changes(state).filter((c) => c.round === round.round && c.kind === 'changed').map((c) => c.seat.id);
      assert.deepEqual(changed, tally.changed);
    }
  }
});

test('a vote in progress says how many ballots are missing', () => {
  const now = standing(upTo(consensus, 52));
  assert.deepEqual([now.round, now.ballots, now.of, now.counted, now.pending.length], [2, 1, 4, false, 3]);
});

test('changes of mind have the statement that the voter named', () => {
  const list = changes(foldAll(initial(), consensus));
  assert.deepEqual(
    list.map((c) => [c.round, c.seat.id, c.kind, c.from, c.to, c.movedBy]),
    [
      [1, 'pragmatist', 'changed', 'O2', 'O1', 8],
      [2, 'visionary', 'decided', null, 'O1', 11],
    ],
  );
  assert.deepEqual([...namedBy(list).keys()], [8, 11]);
});

test('a failed ballot is no change of mind', () => {
  const list = changes(foldAll(initial(), runOff));
  assert.deepEqual(list.map((c) => [c.round, c.seat.id, c.kind]), [[1, 'emre', 'withdrew']]);
});

test('the stage follows the calls', () => {
  const stages = (events, seqs) => seqs.map((seq) => { const p = progress(upTo(events, seq)); return [p.stage, p.round, p.done, p.of]; });
  assert.deepEqual(stages(consensus, [3, 8, 12, 19, 24, 27, 52]), [
    ['opening', 0, 0, 4],
    ['opening', 0, 2, 4],
    ['voting', 0, 0, 4],
    ['voting', 0, 3, 4],
    ['discussion', 1, 0, 4],
    ['discussion', 1, 2, 4],
    ['voting', 2, 1, 4],
  ]);
  assert.deepEqual(stages(runOff, [13, 72, 80]), [['options', 0, 0, 5], ['run_off', 2, 0, 5], ['run_off', 2, 3, 5]]);
});

test('a consensus says how many voted, how many were needed, and who held it before', () => {
  const state = foldAll(initial(), consensus);
  assert.equal(kindLine(state), 'Consensus, 3 of 4');
  assert.equal(
    howReached(state),
    'Three of four voted for “Close it”; three were needed. Before they had heard each other, one of them had voted for it. Pragmatist voted differently in the blind vote.',
  );
  assert.match(weight(state), /enough for the consensus/);
  assert.match(weight(ending(consensus, { hollow: 'unexplained' })), /caution/);
});

test('a run-off is told apart from the round, and is no consensus', () => {
  const state = foldAll(initial(), runOff);
  const words = howReached(state);
  assert.match(words, /After round 2 “A reading room” and “A workshop with tools to lend” had 2 votes each of 5; a consensus needs 4\./);
  assert.match(words, /In the run-off “A workshop with tools to lend” got 3 of 5\. A run-off breaks the tie and makes no consensus\./);
  assert.match(words, /In round 2, Emre gave no usable ballot\./);
  assert.equal(kindLine(state), 'No consensus after the last round');
});

test('a ruling of the judge is no consensus', () => {
  const words = howReached(ending(runOff, { tie_broken_by: 'judge', votes: 2 }));
  assert.match(words, /The judge, asked twice with the options in opposite orders, named .* both times\. A ruling breaks the tie and makes no consensus\./);
});

test('a tie that was not broken names both options', () => {
  const words = howReached(ending(runOff, { tie_broken_by: null, leader: null, votes: 0, dissent: [] }));
  assert.match(words, /were tied with 2 votes each of 5/);
  assert.match(words, /The run-off did not break the tie/);
});

test('a debate that ended before its first vote claims no vote', () => {
  const state = foldAll(initial(), [...consensus.slice(0, 8), { ...consensus[56], seq: 9, data: { ...consensus[56].data, outcome: 'stopped', answer: null, leader: null, votes: 0, panel: null, round: null, round0: null, argument: null, dissent: [] } }]);
  assert.equal(howReached(state), 'The debate ended before the first vote was counted.');
  assert.equal(kindLine(state), 'Stopped before its end');
  assert.doesNotThrow(() => costs(state));
});

test('cautions name what makes a verdict doubtful', () => {
  assert.deepEqual(cautions(foldAll(initial(), consensus)), []);
  const doubted = ending(consensus, { hollow: 'same_model', demo: true, silent: [{ agent_id: 'skeptic', never_spoke: false, never_voted: true, cause: 'invalid' }] });
  assert.deepEqual(cautions(doubted).map((c) => c.title), ['One model, not a panel.', 'Near chance.', 'Skeptic never voted.']);
  assert.equal(cautions(doubted)[2].text, 'The most frequent cause: the replies could not be read.');
});

test('a pause says why, and which host', () => {
  assert.equal(pauseInWords({ reason: 'command', hosts: [] }), 'Paused');
  assert.equal(pauseInWords({ reason: 'hosts_away', hosts: ['gpu', 'cpu'] }), 'Paused: gpu and cpu could not be reached or were not ready');
  assert.equal(pauseInWords({ reason: 'hosts_refuse', hosts: ['gpu'], detail: 'HTTP 402' }), 'Paused: gpu refuses its calls (HTTP 402)');
});

test('a turn without a statement says why', () => {
  assert.equal(silence({ result: 'spoke', text: 'x' }), null);
  assert.equal(silence({ result: 'passed', text: 'PASS' }), 'has nothing to add');
  assert.match(silence({ result: 'forfeited', text: '', cause: 'deadline' }), /time limit/);
});

test('agents of one name are told apart by their ids', () => {
  const setup = structuredClone(consensus[0]);
  setup.data.participants[1].name = 'Analyst';
  setup.data.participants[2].name = '\u202e \u0007';
  const state = fold(initial(), setup);
  assert.deepEqual(state.seats.map((seat) => seat.name), ['Analyst (analyst)', 'Analyst (skeptic)', 'pragmatist', 'Visionary']);
});

test('short names tell options apart and mark what they leave out', () => {
  const short = (most, ...texts) => shortNames(texts.map((text) => ({ text })), most);
  assert.deepEqual(short(12, 'Yes', 'No', 'Every second Sunday'), ['Yes', 'No', 'Every secon…']);
  assert.deepEqual(short(12, 'Close it on market days', 'No, keep it open'), ['Close it on…', 'No, keep it…']);
  assert.deepEqual(short(20, 'Close it on market days', 'Yes, close it'), ['Close it on market…', 'Yes, close it']);
  assert.deepEqual(short(12, 'Close it, but not now', 'Keep it'), ['Close it…', 'Keep it']);
  assert.deepEqual(short(12, 'Sell the house', 'Sell the land'), ['Option 1', 'Option 2']);
  assert.deepEqual(short(12, 'Donaudampfschifffahrtsgesellschaft', 'Donaudampfschifffahrtskapitän'), ['Option 1', 'Option 2']);
  assert.deepEqual(short(12, 'C', 'C++'), ['C', 'C++']);
});

test('a replay shows the events in order, and cuts silence but not speech', () => {
  const timeline = new Timeline(runOff);
  assert.ok(timeline.length < 90_000, `${timeline.length} ms: a pause of 240 s is cut`);
  for (let i = 1; i < timeline.times.length; i += 1) assert.ok(timeline.times[i] >= timeline.times[i - 1]);
  assert.equal(timeline.indexAt(timeline.length), runOff.length);
  assert.deepEqual(timeline.stateAt(runOff.length), foldAll(initial(), runOff));
});

test('any moment of a replay is the fold of the events before it', () => {
  const timeline = new Timeline(runOff);
  for (const index of [80, 3, 70, 64, 65, 0, 63, runOff.length]) {
    assert.deepEqual(timeline.stateAt(index), foldAll(initial(), runOff.slice(0, index)), `after ${index} events`);
  }
});

test('a statement is said word by word before it ends', () => {
  const timeline = new Timeline(consensus);
  const end = timeline.times[25];
  const text = consensus[25].data.text;
  const half = timeline.saidAt(consensus[25].data.call, end - consensus[25].data.meta.generation_ms / 2);
  assert.ok(half.length > 0 && half.length < text.length);
  assert.ok(text.startsWith(half));
  assert.equal(timeline.saidAt(consensus[25].data.call, end), text);
});

test('steps of a replay go from statement to statement, and back', () => {
  const timeline = new Timeline(consensus);
  const first = timeline.step(0, 1);
  assert.equal(first, timeline.times[6]);
  const second = timeline.step(first, 1);
  assert.ok(second > first);
  assert.equal(timeline.step(second, -1), first);
  assert.equal(timeline.step(timeline.length, 1), timeline.length);
});

test('labels of a chart do not lie on each other', () => {
  const placed = spread([50, 50, 52], 140).sort((a, b) => a - b);
  assert.ok(placed[1] - placed[0] >= 17 && placed[2] - placed[1] >= 17);
});

test('each failure waits longer, up to ten seconds', () => {
  assert.ok(delay(1, 0) < delay(3, 0));
  assert.ok(delay(50, 1) <= 10_000);
});

test('text cannot turn the direction of the page or end a line', () => {
  assert.equal(printable('a\u001b[31mred\u202e\r\nb'), 'a[31mred\nb');
  assert.equal(onOneLine(' a\n\tb '), 'a b');
  assert.equal(Array.from(shortened('🦀'.repeat(100), 10)).length, 10);
});

test('the statement of a verdict is found by its turn', () => {
  const state = foldAll(initial(), consensus);
  assert.equal(turnOf(state, state.verdict.argument.turn).agent_id, 'pragmatist');
  assert.equal(turnOf(state, 999), null);
});

test('an option that ballots of a round proposed is not counted in that round', () => {
  const state = foldAll(initial(), runOff);
  assert.deepEqual(count(state, state.rounds[1], false).rows.map((row) => row.option.id), ['O1', 'O2', 'O3']);
  assert.deepEqual(count(state, state.rounds[2], false).rows.map((row) => row.option.id), ['O1', 'O2', 'O3', 'O4']);
  assert.deepEqual(count(state, state.rounds[2], true).rows.map((row) => row.option.id), ['O2', 'O1']);
});
