// What a follow-up takes from the debate that it follows, as `synod continue` does.

import { CONTEXT_BYTES, bytesOf, rulesOf } from 'synod/start/draft.js';

/**
 * The rules, panel and context of a debate on a follow-up question.
 *
 * @param {any} view the earlier debate, as `GET /api/v1/debates/{id}` gives it
 * @param {string[]} known ids of the agents that exist
 */
export function followUp(view, known) {
  const { config, participants } = view;
  const agents = config.selected_agents.filter((/** @type {string} */ id) => known.includes(id));
  const gone = participants.filter((/** @type {any} */ seat) => !known.includes(seat.agent_id));
  return {
    changes: { ...rulesOf(config), agents, context: backgroundOf(view) },
    gone: gone.map((/** @type {any} */ seat) => seat.name),
  };
}

/**
 * Describes the earlier debate to the participants: its question, its verdict and the dissent. Without names:
 * prompts have none.
 *
 * @param {any} view
 */
export function backgroundOf({ config, verdict, options, statements }) {
  const lines = ['The question follows up on an earlier debate.', '', `Its question: ${config.debate_topic.trim()}`];
  if (!verdict) return [...lines, 'It has no verdict.'].join('\n');
  const textOf = (/** @type {string} */ id) => options.find((/** @type {any} */ option) => option.id === id)?.text ?? id;
  lines.push(`Its outcome: ${verdict.outcome.replaceAll('_', ' ')}`);
  if (verdict.answer) lines.push(`Its answer: ${verdict.answer.text}`);
  else if (verdict.leader) lines.push(`In the lead: ${textOf(verdict.leader)}`);
  if (verdict.leader) lines.push(`Votes: ${verdict.votes} of ${verdict.of}; ${verdict.needs} were needed`);
  const dissent = new Set(verdict.dissent.map((/** @type {any} */ { option }) => option).filter(Boolean));
  if (dissent.size) lines.push(`Dissent: votes for ${[...dissent].map(textOf).join('; ')}`);
  const argument = statements?.find((/** @type {any} */ { turn }) => turn === verdict.argument?.turn);
  if (argument?.text) lines.push(`An argument for it: ${argument.text.trim()}`);
  return fitted(lines.join('\n'));
}

/** Cuts a text to what a context may have, at a character. @param {string} text */
function fitted(text) {
  if (bytesOf(text) <= CONTEXT_BYTES) return text;
  const bytes = new TextEncoder().encode(text).slice(0, CONTEXT_BYTES - 3);
  return `${new TextDecoder().decode(bytes).replace(/\uFFFD+$/, '')}…`;
}
