// Reads the events of a debate, and keeps reading: it resumes after the last event, waits longer after each
// failure, and closes while nobody looks.

/** The most that a tab may be hidden before its stream is closed. */
const HIDDEN_MS = 30_000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 10_000;

/**
 * @typedef {'connecting' | 'open' | 'waiting' | 'ended' | 'refused' | 'gone'} Connection
 *
 * @typedef {object} Reader
 * @property {(after: number, options: { signal: AbortSignal, onOpen: () => void }) => AsyncIterable<any[]>} open
 *   opens a stream of messages after an event; it gives those that arrived together
 * @property {() => number} after the last event that was read
 * @property {() => boolean} isOver whether the debate has its last event
 * @property {(messages: any[]) => void} onMessages
 * @property {(connection: Connection, problem: any) => void} onChange
 */

/**
 * Reads until the debate is over or the reader stops it. Returns the function that stops it.
 *
 * @param {Reader} reader
 */
export function follow({ open, after, isOver, onMessages, onChange }) {
  let stopped = false;
  let failures = 0;
  /** @type {AbortController | null} */
  let controller = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let hiding;
  /** @type {() => void} */
  let wake = () => {};

  const onVisibility = () => {
    clearTimeout(hiding);
    if (document.hidden) {
      hiding = setTimeout(() => controller?.abort(), HIDDEN_MS);
    } else {
      wake();
    }
  };
  const onOnline = () => wake();
  document.addEventListener('visibilitychange', onVisibility);
  addEventListener('online', onOnline);

  run();
  return () => {
    stopped = true;
    clearTimeout(hiding);
    document.removeEventListener('visibilitychange', onVisibility);
    removeEventListener('online', onOnline);
    controller?.abort();
    wake();
  };

  async function run() {
    while (!stopped && !isOver()) {
      controller = new AbortController();
      onChange(failures === 0 ? 'connecting' : 'waiting', null);
      /** @type {any} */
      let problem = null;
      try {
        const onOpen = () => onChange('open', null);
        for await (const messages of open(after(), { signal: controller.signal, onOpen })) {
          failures = 0;
          onMessages(messages);
          if (stopped || isOver()) break;
        }
      } catch (error) {
        problem = error;
      }
      if (stopped || isOver()) break;
      if (problem && !controller.signal.aborted && problem.isTransient === false) {
        onChange(problem.status === 404 ? 'gone' : 'refused', problem);
        return;
      }
      failures += 1;
      const wait = document.hidden ? null : delay(failures);
      if (wait !== 0) onChange(document.hidden ? 'connecting' : 'waiting', problem);
      await pause(wait);
    }
    if (!stopped) onChange('ended', null);
  }

  /** Waits for a time, or until the tab is seen again. @param {number | null} ms */
  function pause(ms) {
    return new Promise((resolve) => {
      const timer = ms === null ? undefined : setTimeout(() => resolve(undefined), ms);
      wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}

/** The wait after so many failures: doubled each time, with a share of chance. @param {number} failures */
export function delay(failures, chance = Math.random()) {
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 10));
  return Math.round(most * (0.5 + chance / 2));
}
