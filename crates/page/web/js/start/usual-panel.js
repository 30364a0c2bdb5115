// The participants that a new debate begins with. No DOM.

/** Those of `synod debate`. */
const BUILT_IN = ['analyst', 'critic', 'pragmatist'];
const MOST = 5;

/**
 * The configured participants; or agents with models of their own, since different models are different
 * voices; or those of `synod debate`; or the first three.
 *
 * @param {any[]} agents those of the server
 * @param {unknown} configured their ids in `[debate]`, if the server says them
 * @returns {string[]}
 */
export function usualPanel(agents, configured) {
  const known = agents.map(({ agent_id }) => agent_id);
  const own = agents.filter(({ model, status }) => model && status?.status !== 'unavailable');
  const voices = new Set(own.map(({ model }) => model)).size > 1 ? own.map(({ agent_id }) => agent_id) : [];
  const wishes = [Array.isArray(configured) ? configured : [], voices.slice(0, MOST), BUILT_IN];
  for (const wish of wishes) {
    const found = wish.filter((id) => known.includes(id));
    if (found.length >= 2) return found;
  }
  const speakers = known.filter((id) => id !== 'moderator');
  return (speakers.length >= 2 ? speakers : known).slice(0, 3);
}
