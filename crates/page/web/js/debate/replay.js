// The replay of a debate: a scene whose time the reader moves.

import { batch, computed, signal } from '@preact/signals';
import { Timeline } from 'synod/debate/clock.js';
import { ByCall } from 'synod/debate/store.js';

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
