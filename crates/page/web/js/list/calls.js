// Which calls of a debate are open, folded from pages of its log. No DOM.

/**
 * @typedef {object} OpenCalls
 * @property {number} after the last event that was read
 * @property {Map<number, { agent_id: string, purpose: string }>} open by call
 */

const ENDINGS = ['turn_ended', 'options_set', 'move_chosen', 'ballot_recorded', 'judge_ruled', 'call_voided'];

/** @param {number} after @returns {OpenCalls} */
export const noCalls = (after) => ({ after, open: new Map() });

/**
 * @param {OpenCalls} calls
 * @param {any[]} events those that follow
 * @returns {OpenCalls}
 */
export function withEvents({ after, open }, events) {
  const next = new Map(open);
  let last = after;
  for (const { seq, type, data } of events) {
    last = Math.max(last, seq);
    if (type === 'call_started') next.set(data.call, { agent_id: data.agent_id, purpose: data.purpose });
    else if (ENDINGS.includes(type) && data.call !== undefined) next.delete(data.call);
    else if (type === 'debate_closed' || type === 'debate_recovered') next.clear();
  }
  return { after: last, open: next };
}
