// The debate that the question follows up on.

import { html } from 'synod/parts/html.js';
import { Text } from 'synod/parts/text.js';
import { listed } from 'synod/parts/time.js';

/**
 * @typedef {object} EarlierDebate
 * @property {string} id
 * @property {any} view
 * @property {string[]} gone names of participants whose agents were removed
 */

/** @param {{ earlier: EarlierDebate | null, onDrop: () => void }} props */
export function Earlier({ earlier, onDrop }) {
  if (!earlier) return null;
  const { id, view, gone } = earlier;
  const answer = view.verdict?.answer?.text;
  return html`
    <div class="earlier">
      <p>
        Follows up on <a href=${`d/${id}`}><${Text}>${view.config.debate_topic}<//></a>${answer && html`: <b><${Text}>${answer}<//></b>`}.
        <span class="soft"> All speakers read its question and its verdict: see the context under “More”.</span>
        ${gone.length > 0 && html`<span class="soft"> <${Text}>${listed(gone)}<//> ${gone.length === 1 ? 'is' : 'are'} no longer an agent here.</span>`}
      </p>
      <button type="button" class="quiet" onClick=${onDrop}>Ask without it</button>
    </div>
  `;
}
