// Reads on in the log of a debate, to know which calls are open.

import { api } from 'synod/api.js';
import { noCalls, withEvents } from 'synod/list/calls.js';

/** Calls that are open now began within the last so many events. */
const LOOK_BACK = 200;
const EVENTS_PAGE = 1000;

/** @param {{ seq: number }} summary */
export const callsBefore = ({ seq }) => noCalls(Math.max(0, seq - LOOK_BACK));

/**
 * Reads what follows, up to an event or to the end of the log.
 *
 * @param {string} id of the debate
 * @param {import('synod/list/calls.js').OpenCalls} calls
 * @param {AbortSignal} signal
 * @returns {Promise<import('synod/list/calls.js').OpenCalls>}
 */
export async function readOn(id, calls, signal) {
  for (let now = calls; ; ) {
    const { events } = await api.get(`api/v1/debates/${id}/events?after=${now.after}&limit=${EVENTS_PAGE}`, { signal });
    now = withEvents(now, events);
    if (events.length < EVENTS_PAGE) return now;
  }
}
