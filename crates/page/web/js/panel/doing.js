// What each agent is doing: folded from the streams of the debates that run.

import { useEffect, useMemo } from 'preact/hooks';

import { api } from 'synod/api.js';
import { usePolled } from 'synod/api/poll.js';
import { messagesOf, pathOf } from 'synod/debate/events.js';
import { Store } from 'synod/debate/store.js';
import { follow } from 'synod/debate/stream.js';
import { callsBefore } from 'synod/list/read-calls.js';

const DOING_INTERVAL_MS = 2000;
/** The number of running debates that are listed, */
const DEBATES = 6;
/** and of those whose streams are read: a browser has six connections to a server for everything. */
const STREAMS = 2;

/**
 * @typedef {object} Doing
 * @property {string} debate its id
 * @property {string} topic
 * @property {number} seat the index of the agent among the participants; -1 for a moderator or judge
 * @property {any} call its open call, if one is known
 * @property {Store | undefined} scene where the debate is read
 */

/** @returns {Map<string, Doing>} by agent */
export function useDoing() {
  const polled = usePolled((signal) => api.get(`api/v1/debates?status=running&limit=${DEBATES}`, { signal }), DOING_INTERVAL_MS);
  /** @type {any[]} */
  const debates = polled.value.data?.debates ?? [];
  const read = debates.slice(0, STREAMS);
  const ids = read.map(({ debate_id: id }) => id).join();
  const scenes = useMemo(() => new Map(read.map(({ debate_id: id, seq }) => [id, { scene: new Store(), first: callsBefore({ seq }).after }])), [ids]);
  useEffect(() => {
    const stops = [...scenes].map(([id, { scene, first }]) =>
      follow({
        open: (after, options) => messagesOf(pathOf({ id }), after, options),
        after: () => scene.seq || first,
        isOver: () => scene.state.peek().status === 'closed',
        onMessages: scene.push,
        onChange: () => {},
      }),
    );
    return () => stops.forEach((stop) => stop());
  }, [scenes]);
  const all = debates.flatMap(({ debate_id: debate, debate_topic: topic, selected_agents: seats }) => {
    const scene = scenes.get(debate)?.scene;
    const calls = new Map([...seats.map((/** @type {string} */ agent) => [agent]), ...Object.values(scene?.state.value.calls ?? {}).map((call) => [call.agent_id, call])]);
    return [...calls].map(([agent, call]) => [agent, { debate, topic, seat: seats.indexOf(agent), call, scene }]);
  });
  // Of an agent in several debates, a call goes before a wait.
  return new Map(/** @type {any} */ (all.sort(([, a], [, b]) => Number(Boolean(a.call)) - Number(Boolean(b.call)))));
}
