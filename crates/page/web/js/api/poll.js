// Reads a resource again and again while the page is visible.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { ApiProblem } from 'synod/api.js';

/**
 * @template T
 * @typedef {object} Polled
 * @property {T | undefined} data the last answer, kept while later requests fail
 * @property {ApiProblem | null} problem why the last request failed
 */

/**
 * Calls `read` at once, and then with a pause of `interval` milliseconds; less often while it fails, and not
 * at all while the page is hidden or the server waits for its key.
 *
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} read
 * @param {number} interval 0 reads once
 * @param {unknown[]} [inputs] begins anew if one of them changes
 * @returns {import('@preact/signals-core').Signal<Polled<T>> & { again: () => void }}
 */
export function usePolled(read, interval, inputs = []) {
  const polled = useSignal(/** @type {Polled<T>} */ ({ data: undefined, problem: null }));
  const again = useSignal(() => {});
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => {
    const stop = new AbortController();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let failures = 0;
    let isReading = false;
    const next = async () => {
      clearTimeout(timer);
      if (isReading || stop.signal.aborted) return;
      isReading = true;
      try {
        const data = await latest.current(stop.signal);
        if (stop.signal.aborted) return;
        failures = 0;
        polled.value = { data, problem: null };
      } catch (error) {
        if (stop.signal.aborted) return;
        failures += 1;
        polled.value = { data: polled.peek().data, problem: ApiProblem.of(error) };
      } finally {
        isReading = false;
      }
      const problem = polled.peek().problem;
      const again = interval > 0 ? problem?.status !== 401 : (problem?.isTransient ?? false);
      const pause = Math.min(Math.max(interval, 1000) * 2 ** failures, 30_000);
      if (again && !document.hidden) timer = setTimeout(next, failures ? pause : interval);
    };
    const onVisible = () => {
      if (!document.hidden) next();
    };
    document.addEventListener('visibilitychange', onVisible);
    document.addEventListener('synod:key', next);
    again.value = next;
    next();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
      document.removeEventListener('synod:key', next);
    };
  }, inputs);
  return Object.assign(polled, { again: () => again.peek()() });
}
