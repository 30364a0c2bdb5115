// The participants that a new debate begins with. No DOM.

/** Those of `synod debate`. */
const BUILT_IN = ['analyst', 'critic', 'pragmatist'];
/** Of two, one vote is a tie, and both are a consensus: there is little to watch. */
const LEAST = 3;
const MOST = 5;

/**
 * The configured participants; or agents with models of their own, since different models are different
 * voices, with others up to three; or those of `synod debate`; or the first three.
 *
 * @param {any[]} agents those of the server
 * @param {unknown} configured their ids in `[debate]`, if the server says them
 * @returns {string[]}
 */
export function usualPanel(agents, configured) {
  const wish = Array.isArray(configured) ? configured.filter((id) => agents.some(({ agent_id }) => agent_id === id)) : [];
  if (wish.length >= 2) return wish;
  const able = agents.filter(({ status }) => status?.status !== 'unavailable');
  const speakers = (able.length >= 2 ? able : agents).filter(({ agent_id }, _, all) => agent_id !== 'moderator' || all.length < 3);
  const own = speakers.filter(({ model }) => model);
  const voices = new Set(own.map(({ model }) => model)).size > 1 ? own.slice(0, MOST) : [];
  const ids = speakers.map(({ agent_id }) => agent_id);
  const byUse = [...voices.map(({ agent_id }) => agent_id), ...BUILT_IN.filter((id) => ids.includes(id)), ...ids];
  return [...new Set(byUse)].slice(0, Math.max(LEAST, voices.length));
}
