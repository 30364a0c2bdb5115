// The clock of a replay: when each event of a log is shown, and how much of a statement has been said by then.
// Pure: it is given the events, and a time in milliseconds from the beginning of the replay.

import { fold, initial } from 'synod/debate/fold.js';

/** The longest wait in which nothing is said: loading, queueing and pauses are cut to it. */
const LONGEST_SILENCE_MS = 1_500;
/** The longest time in which something is said. */
const LONGEST_SPEECH_MS = 40_000;
/** The least time for a character. */
const FASTEST_MS = 8;
/** The time to see a count, a list of options or a message. */
const STEP_PAUSE_MS = 400;
/** States are kept every so many events, so that a step back is not a replay from the start. */
const CHECKPOINT = 64;

/** The speeds that a replay can have. */
export const SPEEDS = [1, 2, 4, 8, 16];

/** Events at which a step of the replay stops. */
const STEPS = new Set(['turn_ended', 'round_closed', 'options_set', 'interjected', 'judge_ruled', 'debate_closed']);

/** @typedef {import('synod/debate/fold.js').State} State */

export class Timeline {
  /** The time of each event. @type {number[]} */
  times = [];
  /** @type {any[]} */
  events;
  /** The spans in which a statement is said, by call. @type {Map<number, { from: number, to: number, text: string }>} */
  #speech = new Map();
  /** States before the events 0, 64, 128… @type {State[]} */
  #checkpoints = [initial()];

  /** @param {any[]} events the log, in order */
  constructor(events) {
    this.events = events;
    /** @type {Map<number, number>} */
    const starts = new Map();
    let now = 0;
    events.forEach((event, i) => {
      const gap = i === 0 ? 0 : Math.max(0, Date.parse(event.at) - Date.parse(events[i - 1].at));
      const meta = event.data?.meta;
      let said = event.type === 'turn_ended' ? Math.min(meta?.generation_ms ?? gap, LONGEST_SPEECH_MS) : 0;
      // A gap is as long as what is said in it; the rest of it is silence.
      now += Math.min(gap, said + LONGEST_SILENCE_MS);
      if (event.type === 'turn_ended' && event.data.result === 'spoke') {
        // What a fast model said in a blink can be followed all the same.
        const least = Math.min(event.data.text.length * FASTEST_MS, LONGEST_SPEECH_MS / 10);
        now = Math.max(now, (starts.get(event.data.call) ?? now) + least);
        said = Math.max(said, least);
      } else if (STEPS.has(event.type)) now += STEP_PAUSE_MS;
      this.times.push(now);
      if (event.type === 'call_started') starts.set(event.data.call, now);
      if (event.type === 'turn_ended' && event.data.result === 'spoke') {
        const from = Math.max(starts.get(event.data.call) ?? 0, now - said);
        this.#speech.set(event.data.call, { from, to: now, text: event.data.text });
      }
    });
  }

  /** How long the replay takes at single speed. */
  get length() {
    return this.times[this.times.length - 1] ?? 0;
  }

  /** How many events have happened at a time. @param {number} time */
  indexAt(time) {
    let [low, high] = [0, this.times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {number} */ (this.times[middle]) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The state after so many events. @param {number} index @returns {State} */
  stateAt(index) {
    const nearest = Math.min(Math.floor(index / CHECKPOINT), this.#checkpoints.length - 1);
    let at = nearest * CHECKPOINT;
    let state = /** @type {State} */ (this.#checkpoints[nearest]);
    for (; at < index; at += 1) {
      state = fold(state, this.events[at]);
      if ((at + 1) % CHECKPOINT === 0) this.#checkpoints[(at + 1) / CHECKPOINT] ??= state;
    }
    return state;
  }

  /** What an open call has said at a time. @param {number} call @param {number} time */
  saidAt(call, time) {
    const speech = this.#speech.get(call);
    if (!speech || time <= speech.from) return '';
    const share = Math.min(1, (time - speech.from) / Math.max(1, speech.to - speech.from));
    const cut = Math.floor(speech.text.length * share);
    // At the end of a word, as models write.
    const space = speech.text.indexOf(' ', cut);
    return share >= 1 || space < 0 ? speech.text.slice(0, share >= 1 ? undefined : cut) : speech.text.slice(0, space);
  }

  /** The time of the next or the previous step. @param {number} time @param {1 | -1} direction */
  step(time, direction) {
    const index = this.indexAt(time);
    if (direction > 0) {
      for (let i = index; i < this.events.length; i += 1) if (STEPS.has(this.events[i].type)) return this.times[i] ?? 0;
      return this.length;
    }
    for (let i = index - 1; i >= 0; i -= 1) {
      if (STEPS.has(this.events[i].type) && /** @type {number} */ (this.times[i]) < time) return this.times[i] ?? 0;
    }
    return 0;
  }

  /** The time of an event. @param {number} seq */
  timeOf(seq) {
    return this.times[this.events.findIndex((event) => event.seq >= seq)] ?? this.length;
  }
}
