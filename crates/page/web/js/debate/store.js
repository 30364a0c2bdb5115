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
  /** @type {StateSignal} */
  state = signal(initial());
  /** All events, for the replay. @type {any[]} */
  events = [];
  /** When the last event was read, on the clock of `performance.now()`. */
  seenAt = 0;
  /** When the first messages were drawn. @type {number | null} */
  drawnAt = null;
  /** The last event that was drawn then: later ones are news. */
  historySeq = 0;
  #texts = new ByCall('');
  #thoughts = new ByCall('');
  #progress = new ByCall(/** @type {any} */ (null));
  /** @type {any[]} */
  #queue = [];
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
   * Takes a message of the stream. It is drawn with the next frame; what the debate has when it is opened, at
   * once: when its end, or a piece of text, or no further event arrives.
   *
   * @param {any} message
   */
  push = (message) => {
    this.#queue.push(message);
    if (this.drawnAt === null) {
      this.#openedAt ??= performance.now();
      clearTimeout(this.#opening);
      const isThere = message.type === 'debate_closed' || message.type === 'turn_delta' || performance.now() - this.#openedAt > OPENING_MS;
      if (isThere) this.flush();
      else if (this.#queue.some((queued) => queued.seq)) this.#opening = setTimeout(() => this.flush(), QUIET_MS);
      return;
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    // No frame is drawn in a hidden tab, but its title should be right.
    if (document.hidden) setTimeout(() => this.flush(), 250);
    else requestAnimationFrame(() => this.flush());
  };

  /** The last event that was read, drawn or not. */
  get seq() {
    for (let i = this.#queue.length - 1; i >= 0; i -= 1) if (this.#queue[i].seq) return this.#queue[i].seq;
    return this.state.peek().seq;
  }

  /** Takes a whole log at once. @param {any[]} events */
  load(events) {
    this.#queue.push(...events);
    this.flush();
  }

  flush() {
    this.#scheduled = false;
    const queue = this.#queue;
    this.#queue = [];
    let state = this.state.peek();
    /** @type {Map<string, string>} */
    const said = new Map();
    /** @type {Map<string, string>} */
    const thought = new Map();
    /** @type {Map<string, any>} */
    const progress = new Map();
    for (const message of queue) {
      if (message.type === 'turn_delta') {
        const call = String(message.data.call);
        if (call in state.calls) said.set(call, joined(said.get(call) ?? this.#texts.of(call).peek(), message.data));
      } else if (message.type === 'thought_delta') {
        const call = String(message.data.call);
        thought.set(call, joined(thought.get(call) ?? this.#thoughts.of(call).peek(), message.data));
      } else if (message.type === 'call_state') {
        progress.set(String(message.data.call), message.data);
      } else if (typeof message.seq === 'number' && message.seq > state.seq) {
        if (message.type === 'turn_ended') {
          // Thoughts are in no event: they last as long as this page.
          const call = String(message.data.call);
          const thoughts = thought.get(call) ?? this.#thoughts.of(call).peek();
          if (thoughts) message.data.thought = thoughts;
        }
        this.events.push(message);
        state = fold(state, message);
      }
    }
    batch(() => {
      if (state !== this.state.peek()) {
        const at = state.at ?? 0;
        // The time since the last event, as far as the clocks of server and reader agree.
        const age = this.drawnAt === null ? Math.min(Math.max(0, Date.now() - at), 3_600_000) : 0;
        this.seenAt = performance.now() - age;
        this.state.value = state;
      }
      for (const [call, text] of said) if (call in state.calls) this.#texts.of(call).value = text;
      for (const [call, text] of thought) if (call in state.calls) this.#thoughts.of(call).value = text;
      for (const [call, now] of progress) if (call in state.calls) this.#progress.of(call).value = now;
    });
    for (const signals of [this.#texts, this.#thoughts, this.#progress]) signals.keep(state.calls);
    if (this.drawnAt === null) {
      this.drawnAt = performance.now();
      this.historySeq = state.seq;
    }
  }
}
