// The seats of each option, with the place where it has enough.

import { html } from 'synod/parts/html.js';
import { Mark, OptionMark } from 'synod/parts/mark.js';
import { Text } from 'synod/parts/text.js';
import { standing, voteName } from 'synod/debate/standing.js';

/** Who sits on which option after the latest vote. @param {{ state: any }} props */
export function Seats({ state }) {
  const s = standing(state);
  if (!state.setup) return null;
  const of = state.seats.length;
  const needs = state.setup.limits.needs;
  const title = !s ? 'Before the first vote' : `${voteName(s)}${s.counted ? '' : `, ${s.ballots} of ${s.of} in`}`;
  const rows = s ? s.rows : state.options.map((/** @type {any} */ option, /** @type {number} */ index) => ({ option, index, voters: [] }));
  const shown = s ? rows.filter((/** @type {any} */ row) => row.voters.length > 0 || rows.length <= 3) : rows;
  const without = s ? [...s.abstained, ...s.failed] : [];
  const lead = s?.rows[0]?.voters.length ?? 0;
  return html`<section class="card standing" aria-labelledby="standing-title">
    <div class="standing-head"><h2 id="standing-title">${title}</h2>${!s?.runOff && html`<span class="need-key">${needs} needed</span>`}</div>
    ${shown.length === 0 && html`<p class="soft small">The options are not known yet: they are taken from the openings.</p>`}
    ${shown.map(
      (/** @type {any} */ row) => html`<div class="option" key=${row.option.id} data-option=${row.index}>
        <span class="name"><${OptionMark} index=${row.index} /><${Text}>${row.option.text}<//></span>
        <span class="n">${row.voters.length} of ${of}</span>
        <${Places} voters=${row.voters} of=${of} needs=${s?.runOff ? 0 : needs} />
      </div>`,
    )}
    ${shown.length < rows.length && html`<p class="soft small">${rows.length - shown.length} more ${rows.length - shown.length === 1 ? 'option' : 'options'} without a vote</p>`}
    ${without.length > 0 &&
    html`<div class="option without">
      <span class="name">No vote</span><span class="n">${without.length}</span>
      <p class="marks">${without.map((seat) => html`<${Mark} key=${seat.id} index=${seat.index} small ghost label=${seat.name} title=${seat.name} />`)}</p>
    </div>`}
    ${s && (s.runOff || s.counted) && html`<p class="small soft needs">${s.runOff ? 'A run-off breaks the tie. It makes no consensus.' : needed(lead, needs, s.round, state.setup.config.debate_rules?.min_rounds ?? 0)}</p>`}
  </section>`;
}

/** @param {number} lead @param {number} needs @param {number} round @param {number} first the first round that can have a consensus */
function needed(lead, needs, round, first) {
  if (round < first) return `A consensus is possible from round ${first} on.`;
  if (lead >= needs) return 'An option has the votes that a consensus needs.';
  const missing = needs - lead;
  return `A consensus needs ${missing} more ${missing === 1 ? 'vote' : 'votes'} for one option.`;
}

/** One place for each participant, with a mark after the number that is needed. @param {{ voters: any[], of: number, needs: number }} props */
function Places({ voters, of, needs }) {
  return html`<div class="places" style=${{ '--of': of }} role="img" aria-label=${`${voters.length} of ${of}: ${voters.map((seat) => seat.name).join(', ') || 'no one'}${needs ? `; ${needs} needed` : ''}`}>
    ${Array.from({ length: of }, (_, i) => {
      const seat = voters[i];
      const last = i === needs - 1 ? ' last-needed' : '';
      return html`<span key=${i} class=${`place${last}`} title=${seat?.name}>${seat ? html`<${Mark} index=${seat.index} small />` : html`<i />`}</span>`;
    })}
  </div>`;
}
