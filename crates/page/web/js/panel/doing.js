// What each agent is doing: folded from the logs of the debates that run.

import { useRef } from 'preact/hooks';

import { api } from 'synod/api.js';
import { usePolled } from 'synod/api/poll.js';
import { callsBefore, readOn } from 'synod/list/read-calls.js';

const DOING_INTERVAL_MS = 2000;
/** So many running debates are read. */
const DEBATES = 6;

/**
 * @typedef {object} Doing
 * @property {string} debate its id
 * @property {string} topic
 * @property {string} purpose of the call
 */

/** @returns {Map<string, Doing>} by agent */
export function useDoing() {
  const known = useRef(/** @type {Map<string, import('synod/list/calls.js').OpenCalls>} */ (new Map()));
  const polled = usePolled(async (signal) => {
    const { debates } = await api.get(`api/v1/debates?status=running&limit=${DEBATES}`, { signal });
    const read = await Promise.all(
      debates.map(async (/** @type {any} */ summary) => {
        const id = summary.debate_id;
        return { summary, calls: await readOn(id, known.current.get(id) ?? callsBefore(summary), signal) };
      }),
    );
    known.current = new Map(read.map(({ summary, calls }) => [summary.debate_id, calls]));
    return new Map(
      read.flatMap(({ summary, calls }) =>
        [...calls.open.values()].map(({ agent_id, purpose }) => [
          agent_id,
          { debate: summary.debate_id, topic: summary.debate_topic, purpose },
        ]),
      ),
    );
  }, DOING_INTERVAL_MS);
  return polled.value.data ?? new Map();
}
