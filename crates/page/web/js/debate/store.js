// The debate that a view shows: its state as a signal, and the text of each open call as a signal of its own,
// so that a token touches one text node and draws nothing else.

import { batch, signal } from '@preact/signals';
import { fold, initial, joined } from 'synod/debate/fold.js';

/**
 * @typedef {import('synod/debate/fold.js').State} State
 * @typedef {import('@preact/signals').Signal<State>} StateSignal
 *
 * @typedef {object} Scene what is shown: the debate as it is, or a moment of its replay
 * @property {import('@preact/signals').ReadonlySignal<State>} state
 * @property {(call: number | string) => import('@preact/signals').Signal<string>} textOf what an open call has said
 * @property {(call: number | string) => import('@preact/signals').Signal<string>} thoughtOf what its model has thought
 * @property {(call: number | string) => import('@preact/signals').Signal<any>} progressOf what it waits for: the data of a `call_state`
 */

/** A debate that is opened is drawn when no event has arrived for this long, */
const QUIET_MS = 120;
/** or this long after its first one. */
const OPENING_MS = 1_000;

/**
 * A signal for each open call.
 *
 * @template T
 */
export class ByCall {
  /** @type {Map<string, import('@preact/signals').Signal<T>>} */
  #signals = new Map();
  #first;

  /** @param {T} first the value before anything is known */
  constructor(first) {
    this.#first = first;
  }

  /** @param {number | string} call */
  of(call) {
    let found = this.#signals.get(String(call));
    if (!found) this.#signals.set(String(call), (found = signal(this.#first)));
    return found;
  }

  /** Forgets calls that have ended. @param {Record<string, any>} open */
  keep(open) {
    for (const call of this.#signals.keys()) if (!(call in open)) this.#signals.delete(call);
  }
}

export class Store {
  /** What is shown. @type {StateSignal} */
  state = signal(initial());
  /** All events, for the replay. @type {any[]} */
  events = [];
  /** When the last event was read, on the clock of `performance.now()`. */
  seenAt = 0;
  /** When the first messages were drawn. @type {number | null} */
  drawnAt = null;
  /** The last event that was drawn then: later ones are news. */
  historySeq = 0;
  /** What was read, drawn or not. */
  #read = initial();
  #texts = new ByCall('');
  #thoughts = new ByCall('');
  #progress = new ByCall(/** @type {any} */ (null));
  // What open calls have said, have thought and wait for, since the last drawing.
  #said = new Map();
  #thought = new Map();
  #waits = new Map();
  #scheduled = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #opening;
  /** @type {number | null} */
  #openedAt = null;

  /** @param {number | string} call */
  textOf = (call) => this.#texts.of(call);
  /** @param {number | string} call */
  thoughtOf = (call) => this.#thoughts.of(call);
  /** @param {number | string} call */
  progressOf = (call) => this.#progress.of(call);

  /**
   * Takes messages of the stream. They are drawn with the next frame; what the debate has when it is opened, at
   * once: when its end, or a piece of text, or no further event arrives.
   *
   * @param {any[]} messages
   */
  push = (messages) => {
    for (const message of messages) this.#take(message);
    if (this.drawnAt === null) {
      this.#openedAt ??= performance.now();
      clearTimeout(this.#opening);
      const isEnd = messages.some(({ type }) => type === 'debate_closed' || type === 'turn_delta');
      if (isEnd || performance.now() - this.#openedAt > OPENING_MS) this.#draw();
      else if (this.seq > 0) this.#opening = setTimeout(this.#draw, QUIET_MS);
      return;
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    // No frame is drawn in a hidden tab, but its title should be right.
    if (document.hidden) setTimeout(this.#draw, 250);
    else requestAnimationFrame(this.#draw);
  };

  /** The last event that was read, drawn or not. */
  get seq() {
    return this.#read.seq;
  }

  /** Takes a whole log at once. @param {any[]} events */
  load(events) {
    for (const event of events) this.#take(event);
    this.#draw();
  }

  /** @param {any} message */
  #take(message) {
    const { type, data } = message;
    if (type === 'turn_delta') this.#add(this.#said, this.#texts, data);
    else if (type === 'thought_delta') this.#add(this.#thought, this.#thoughts, data);
    else if (type === 'call_state') this.#waits.set(String(data.call), data);
    else if (typeof message.seq === 'number' && message.seq > this.#read.seq) {
      if (type === 'turn_ended') {
        // Thoughts are in no event: they last as long as this page.
        const call = String(data.call);
        const thoughts = this.#thought.get(call) ?? this.#thoughts.of(call).peek();
        if (thoughts) data.thought = thoughts;
      }
      this.events.push(message);
      this.#read = fold(this.#read, message);
    }
  }

  /** Adds a piece to what a call has said or thought. @param {Map<string, string>} fresh @param {ByCall<string>} drawn @param {any} piece */
  #add(fresh, drawn, piece) {
    const call = String(piece.call);
    if (call in this.#read.calls) fresh.set(call, joined(fresh.get(call) ?? drawn.of(call).peek(), piece));
  }

  #draw = () => {
    this.#scheduled = false;
    const state = this.#read;
    /** @type {Array<[Map<string, any>, ByCall<any>]>} */
    const kinds = [[this.#said, this.#texts], [this.#thought, this.#thoughts], [this.#waits, this.#progress]];
    batch(() => {
      if (state !== this.state.peek()) {
        // The time since the last event, as far as the clocks of server and reader agree.
        const age = this.drawnAt === null ? Math.min(Math.max(0, Date.now() - (state.at ?? 0)), 3_600_000) : 0;
        this.seenAt = performance.now() - age;
        this.state.value = state;
      }
      for (const [fresh, drawn] of kinds) for (const [call, value] of fresh) if (call in state.calls) drawn.of(call).value = value;
    });
    for (const [fresh, drawn] of kinds) {
      fresh.clear();
      drawn.keep(state.calls);
    }
    if (this.drawnAt === null) {
      this.drawnAt = performance.now();
      this.historySeq = state.seq;
    }
  };
}
