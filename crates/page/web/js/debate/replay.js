// The replay of a debate: a scene whose time the reader moves.

import { batch, computed, effect, signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { place, setHash } from 'synod/parts/navigate.js';
import { Timeline } from 'synod/debate/clock.js';
import { ByCall } from 'synod/debate/store.js';

/** The fragment of the address that leads into the replay, to the moment of an event or to its beginning. */
const MOMENT = /^replay(?:-(\d+))?$/;
/** The address says the moment of a replay that has rested for this long. */
const REST_MS = 300;

export class Replay {
  time = signal(0);
  speed = signal(2);
  playing = signal(false);
  timeline;
  #texts = new ByCall('');
  #thought = signal('');
  #progress = signal(/** @type {any} */ (null));
  #index = signal(0);
  #last = 0;

  /** @param {any[]} events */
  constructor(events) {
    this.timeline = new Timeline(events);
    this.state = computed(() => this.timeline.stateAt(this.#index.value));
    this.seek(0);
  }

  /** @param {number | string} call */
  textOf = (call) => this.#texts.of(call);
  thoughtOf = () => this.#thought;
  progressOf = () => this.#progress;

  /** The number of the last event that has happened. @returns {number} */
  get moment() {
    return this.timeline.events[this.#index.peek() - 1].seq;
  }

  /** @param {number} time */
  seek(time) {
    batch(() => {
      this.time.value = Math.max(0, Math.min(time, this.timeline.length));
      this.#index.value = Math.max(1, this.timeline.indexAt(this.time.value));
      const { calls } = this.state.value;
      for (const call of Object.keys(calls)) this.#texts.of(call).value = this.timeline.saidAt(Number(call), this.time.value);
      this.#texts.keep(calls);
    });
  }

  play() {
    if (this.time.peek() >= this.timeline.length) this.seek(0);
    this.playing.value = true;
    this.#last = performance.now();
    requestAnimationFrame(this.#tick);
  }

  pause() {
    this.playing.value = false;
  }

  /** @param {1 | -1} direction */
  step(direction) {
    this.pause();
    this.seek(this.timeline.step(this.time.peek(), direction));
  }

  #tick = (/** @type {number} */ now) => {
    if (!this.playing.peek()) return;
    // A tab that was hidden does not jump ahead.
    const passed = Math.min(now - this.#last, 250) * this.speed.peek();
    this.#last = now;
    this.seek(this.time.peek() + passed);
    if (this.time.peek() >= this.timeline.length) this.pause();
    else requestAnimationFrame(this.#tick);
  };
}

/**
 * The replay that the address asks for, of a debate that is over. It is an entry of the browser's history, and
 * its address leads to the moment at which it rests.
 *
 * @param {import('synod/debate/store.js').Store} store
 */
export function useReplay(store) {
  const [replay, setReplay] = useState(/** @type {Replay | null} */ (null));
  const found = store.state.value.status === 'closed' ? MOMENT.exec(place.value) : null;
  const moment = found ? Number(found[1] ?? 0) : null;
  const isWanted = moment !== null;
  useEffect(() => {
    if (!isWanted) return undefined;
    const next = new Replay(store.events);
    const before = scrollY;
    if (moment) next.seek(next.timeline.timeOf(moment));
    else next.play();
    setReplay(next);
    scrollTo({ top: 0 });
    let timer = 0;
    const stop = effect(() => {
      clearTimeout(timer);
      next.time.value;
      // The reader may have left the replay just now.
      const tell = () => MOMENT.test(place.peek()) && setHash(`replay-${next.moment}`);
      if (!next.playing.value) timer = setTimeout(tell, REST_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
      next.pause();
      setReplay(null);
      // The reader is back at the place that was left.
      setTimeout(() => scrollTo({ top: before }));
    };
  }, [isWanted]);
  useEffect(() => {
    if (!replay || !moment || moment === replay.moment) return;
    replay.pause();
    replay.seek(replay.timeline.timeOf(moment));
  }, [moment]);
  return {
    replay,
    startReplay: () => setHash('replay', { entry: { isReplay: true } }),
    endReplay: () => {
      if (history.state?.isReplay) history.back();
      else setHash('');
    },
  };
}
