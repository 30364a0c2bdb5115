// The debate at an address of the page: its stream, its commands, and what to say if there is none.

import { signal } from '@preact/signals';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { api } from 'synod/api.js';
import { RepeatablePost } from 'synod/api/repeatable-post.js';
import { html } from 'synod/parts/html.js';
import { messagesOf, pathOf } from 'synod/debate/events.js';
import { Store } from 'synod/debate/store.js';
import { follow } from 'synod/debate/stream.js';
import { DebateView } from 'synod/debate/view.js';

/** @param {{ id?: string, token?: string, info: any, Problem: any }} props the debate, or the token of a share */
export function DebatePage({ id, token, info, Problem }) {
  const base = pathOf({ id, token });
  const store = useMemo(() => new Store(), [base]);
  const connection = useMemo(() => signal('connecting'), [base]);
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [tries, setTries] = useState(0);

  // The events are asked for before anything is painted.
  useLayoutEffect(() => {
    setProblem(null);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let slow;
    let isSlow = false;
    const stop = follow({
      open: (after, options) => messagesOf(base, after, options),
      after: () => store.seq,
      isOver: () => store.state.peek().status === 'closed',
      onMessages: store.push,
      onChange: (next, why) => {
        // A connection that is back at once is not worth a word.
        if (next === 'waiting' && !isSlow) {
          isSlow = true;
          slow = setTimeout(() => (connection.value = next), 900);
        } else if (next !== 'waiting' && next !== 'connecting') {
          isSlow = false;
          clearTimeout(slow);
          connection.value = next;
        }
        if (next === 'refused' || next === 'gone' || (why && store.state.peek().status === 'unknown' && tries === 0 && next === 'waiting')) setProblem(why);
        if (next === 'open') setProblem(null);
      },
    });
    return () => {
      clearTimeout(slow);
      stop();
    };
  }, [base, tries]);

  const commands = useMemo(() => {
    const interjections = new RepeatablePost();
    return {
      control: (/** @type {string} */ action, /** @type {object} */ more) => api.post(`debate/${id}/control`, { action, ...more }),
      interject: (/** @type {string} */ text, /** @type {string | null} */ author) => interjections.send(`${base}/interjections`, { text, ...(author ? { author } : {}) }),
      callVote: () => api.post(`${base}/vote`),
    };
  }, [base]);
  const archive = useMemo(
    () => ({
      download: (/** @type {string} */ format) => api.get(`${base}/export?format=${format}`, { as: 'blob', accept: '*/*' }),
      shares: {
        list: async () => listOf(await api.get(`${base}/shares`)),
        create: () => api.post(`${base}/shares`),
        revoke: (/** @type {string} */ share) => api.delete(`${base}/shares/${encodeURIComponent(share)}`),
      },
    }),
    [base],
  );

  if (problem && store.state.value.status === 'unknown') {
    return html`<${Problem} problem=${problem} what=${token ? 'shared debate' : 'debate'} onRetry=${() => setTries(tries + 1)} />`;
  }
  return html`<${DebateView}
    key=${base}
    store=${store}
    connection=${connection}
    commands=${token ? undefined : commands}
    archive=${token ? undefined : archive}
    shares=${info?.shares === true}
    readOnly=${Boolean(token)}
  />`;
}

/** @param {any} answer */
const listOf = (answer) => (Array.isArray(answer) ? answer : (answer?.shares ?? []));
