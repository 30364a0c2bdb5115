// The question and who votes for what, for windows that are too narrow to have them beside the debate.

import { html } from 'synod/parts/html.js';
import { Dialog } from 'synod/parts/dialog.js';
import { onOneLine } from 'synod/parts/text.js';
import { Count } from 'synod/debate/rounds.js';
import { standing, voteName } from 'synod/debate/standing.js';

/** @param {{ state: any, onClose: () => void }} props */
export function Glance({ state, onClose }) {
  const s = standing(state);
  const { needs, of } = state.setup.limits;
  const round = state.rounds.find((/** @type {any} */ { round }) => round === s?.round);
  return html`<${Dialog} title=${onOneLine(state.setup.config.debate_topic)} onClose=${onClose}>
    <div class="stack glance">
      <h3>${s ? voteName(s) : 'Before the first vote'} <span class="soft">${s?.runOff ? 'a run-off breaks the tie only' : `${needs} of ${of} needed`}</span></h3>
      ${s && html`<${Count} count=${s} state=${state} round=${round} named />`}
    </div>
    <div class="dialog-actions"><button type="button" class="primary" onClick=${onClose}>Back to the debate</button></div>
  <//>`;
}
