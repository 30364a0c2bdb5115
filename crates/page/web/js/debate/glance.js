// The question and who votes for what, for windows that are too narrow to have them beside the debate.

import { html } from 'synod/parts/html.js';
import { Dialog } from 'synod/parts/dialog.js';
import { Mark, OptionMark } from 'synod/parts/mark.js';
import { onOneLine, Text } from 'synod/parts/text.js';
import { standing, voteName } from 'synod/debate/standing.js';

/** @param {{ state: any, onClose: () => void }} props */
export function Glance({ state, onClose }) {
  const s = standing(state);
  const { needs, of } = state.setup.limits;
  return html`<${Dialog} title="Question and votes" onClose=${onClose}>
    <div class="stack glance">
      <p class="glance-question" dir="auto">${onOneLine(state.setup.config.debate_topic)}</p>
      <h3>${s ? voteName(s) : 'Before the first vote'} <span class="soft">${s?.runOff ? 'a run-off breaks the tie only' : `${needs} of ${of} needed`}</span></h3>
      ${s &&
      html`<ul>
        ${s.rows.map((row) => html`<${GlanceRow} key=${row.option.id} index=${row.index} name=${row.option.text} seats=${row.voters} />`)}
        ${[{ name: 'Abstained', seats: s.abstained }, { name: 'No ballot', seats: s.failed }, { name: 'Not in yet', seats: s.pending }].map(({ name, seats }) => seats.length > 0 && html`<${GlanceRow} key=${name} index=${-1} name=${name} seats=${seats} />`)}
      </ul>`}
    </div>
    <div class="dialog-actions"><button type="button" class="primary" onClick=${onClose}>Back to the debate</button></div>
  <//>`;
}

/** @param {{ index: number, name: string, seats: any[] }} props */
function GlanceRow({ index, name, seats }) {
  return html`<li>
    <p><b>${index >= 0 && html`<${OptionMark} index=${index} />`}<${Text}>${name}<//></b> <span class="soft">${seats.length}</span></p>
    ${seats.map((seat) => html`<p class="lane" key=${seat.id}><${Mark} index=${seat.index} small /><${Text}>${seat.name}<//></p>`)}
  </li>`;
}
