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
 * @property {(call: number | string) => import('@preact/signals').Signal<string>} textOf
 */

/** A debate that is opened is drawn when no event has arrived for this long, */
const QUIET_MS = 60;
/** or this long after its first one. */
const OPENING_MS = 500;

/** Texts of open calls, by call. */
export class Texts {
  /** @type {Map<string, import('@preact/signals').Signal<string>>} */
  #signals = new Map();

  /** @param {number | string} call */
  of(call) {
    let text = this.#signals.get(String(call));
    if (!text) this.#signals.set(String(call), (text = signal('')));
    return text;
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
  /** When the first messages were drawn: what comes later is news. @type {number | null} */
  drawnAt = null;
  #texts = new Texts();
  /** @type {any[]} */
  #queue = [];
  #scheduled = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #opening;
  /** @type {number | null} */
  #openedAt = null;

  /** @param {number | string} call */
  textOf = (call) => this.#texts.of(call);

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
      else this.#opening = setTimeout(() => this.flush(), QUIET_MS);
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
    for (const message of queue) {
      if (message.type === 'turn_delta') {
        const call = String(message.data.call);
        if (call in state.calls) said.set(call, joined(said.get(call) ?? this.#texts.of(call).peek(), message.data));
      } else if (typeof message.seq === 'number' && message.seq > state.seq) {
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
    });
    this.#texts.keep(state.calls);
    this.drawnAt ??= performance.now();
  }

  /** Whether an event that is drawn now is news, and not history. */
  isLive() {
    return this.drawnAt !== null && performance.now() - this.drawnAt > 800;
  }
}
