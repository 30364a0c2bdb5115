// The requests that the form of an agent stands for. No DOM.

/** @typedef {{ agent_id: string, name: string, expertise: string, voice: string, host: string, model: string }} AgentDraft */

/**
 * An id made from a name: `Careful Reader` is `careful-reader`. Empty if the name has no letter of ASCII.
 *
 * @param {string} name
 */
export function idOf(name) {
  return name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
}

/**
 * The body that registers a new agent, or changes the fields that differ. An empty model or host is any.
 *
 * @param {any} agent one without `agent_id` is new
 * @param {AgentDraft} draft
 * @returns {Record<string, string | null>}
 */
export function changesOf(agent, draft) {
  const { agent_id, name, expertise, voice, host, model } = draft;
  if (!agent.agent_id) {
    const optional = Object.entries({ name: name.trim(), voice: voice.trim(), host, model: model.trim() });
    return {
      agent_id: agent_id.trim(),
      expertise: expertise.trim(),
      ...Object.fromEntries(optional.filter(([, text]) => text !== '')),
    };
  }
  const wanted = {
    name: name.trim(),
    expertise: expertise.trim(),
    voice: voice.trim(),
    host: host || null,
    model: model.trim() || null,
  };
  return Object.fromEntries(Object.entries(wanted).filter(([field, value]) => value !== (agent[field] ?? null)));
}
