// What each agent is doing: folded from the logs of the debates that run, and from their streams.

import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';

import { api } from 'synod/api.js';
import { usePolled } from 'synod/api/poll.js';
import { activity } from 'synod/debate/words.js';
import { messagesOf, pathOf } from 'synod/debate/events.js';
import { follow } from 'synod/debate/stream.js';
import { callsBefore, readOn } from 'synod/list/read-calls.js';

const DOING_INTERVAL_MS = 2000;
/** The number of running debates that are read, */
const DEBATES = 6;
/** and of those whose streams are read: a browser has six connections to a server for everything. */
const STREAMS = 2;

/**
 * @typedef {object} Doing
 * @property {string} debate its id
 * @property {string} topic
 * @property {number} seat the index of the agent among the participants; -1 for a moderator or judge
 * @property {string} doing in a word or two
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
    return read;
  }, DOING_INTERVAL_MS);
  const read = polled.value.data ?? [];
  const words = useWords(read.slice(0, STREAMS).map(({ summary }) => summary));
  const all = read.flatMap(({ summary, calls }) => {
    const { debate_id: debate, debate_topic: topic, selected_agents: seats } = summary;
    const busy = new Map([...calls.open].map(([call, { agent_id, purpose }]) => [agent_id, words.get(`${debate} ${call}`) ?? UNSEEN[purpose] ?? 'in a call']));
    const agents = new Set([...seats, ...busy.keys()]);
    return [...agents].map((agent) => ({ agent, debate, topic, seat: seats.indexOf(agent), doing: busy.get(agent) ?? WAITING }));
  });
  // Of an agent in several debates, what it does goes before what it waits for.
  all.sort((a, b) => Number(b.doing === WAITING) - Number(a.doing === WAITING));
  return new Map(all.map(({ agent, ...doing }) => [agent, doing]));
}

export const WAITING = 'waiting';

/** What is known of a call from the log alone. @type {Record<string, string>} */
const UNSEEN = { opening: 'in its opening', argument: 'in its argument', ballot: 'voting', run_off: 'voting', judge: 'ruling on the tie' };

/**
 * What open calls do now, by debate and call.
 *
 * @param {{ debate_id: string, seq: number }[]} debates whose streams are read
 * @returns {Map<string, string>}
 */
function useWords(debates) {
  const words = useMemo(() => signal(/** @type {Map<string, string>} */ (new Map())), []);
  const ids = debates.map(({ debate_id }) => debate_id).join();
  useEffect(() => {
    const stops = debates.map((debate) => wordsOf(debate, (call, word) => {
      const key = `${debate.debate_id} ${call}`;
      if (words.peek().get(key) !== word) words.value = new Map(words.peek()).set(key, word);
    }));
    return () => {
      for (const stop of stops) stop();
      words.value = new Map();
    };
  }, [ids]);
  return words.value;
}

/**
 * Reads the stream of a debate, and tells what each of its calls does. Returns the function that ends it.
 *
 * @param {{ debate_id: string, seq: number }} debate
 * @param {(call: string, word: string) => void} tell
 */
function wordsOf({ debate_id: id, seq }, tell) {
  /** @type {Map<string, import('synod/debate/words.js').Doings>} */
  const calls = new Map();
  let [last, isOver] = [callsBefore({ seq }).after, false];
  return follow({
    open: (after, options) => messagesOf(pathOf({ id }), after, options),
    after: () => last,
    isOver: () => isOver,
    onMessages: (messages) => {
      for (const { type, seq: at, data } of messages) {
        last = Math.max(last, at ?? 0);
        isOver ||= type === 'debate_closed';
        const call = String(data?.call);
        if (type === 'call_started') calls.set(call, { purpose: data.purpose, speaks: false, thinks: false, progress: null });
        const known = calls.get(call);
        if (!known) continue;
        if (type === 'call_state') known.progress = data;
        else if (type === 'turn_delta') known.speaks ||= data.text !== '';
        else if (type === 'thought_delta') known.thinks ||= data.text !== '';
        else if (type !== 'call_started') calls.delete(call);
      }
      for (const [call, known] of calls) tell(call, activity(known)[0]);
    },
    onChange: () => {},
  });
}
