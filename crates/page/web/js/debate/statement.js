// A statement, and the other things that happen in a round.

import { useState } from 'preact/hooks';
import { html, memo } from 'synod/parts/html.js';
import { Mark, OptionMark } from 'synod/parts/mark.js';
import { onOneLine, printable, shortened, Text } from 'synod/parts/text.js';
import { listed } from 'synod/parts/time.js';
import { CUTS, moveInWords, OPTION_SOURCES, pauseInWords, REPAIRS, silence } from 'synod/debate/words.js';
import { nameOf, optionIndex, optionText, seatOf } from 'synod/debate/standing.js';

/** Longer statements are folded to a few lines. */
const LONG_STATEMENT = 2_800;

/**
 * The text of a statement. The HTML comes from the server, which has sanitised it.
 *
 * @param {{ turn: any, whole?: boolean }} props
 */
export function Words({ turn, whole = false }) {
  const [open, setOpen] = useState(whole);
  const isLong = turn.text.length > LONG_STATEMENT && !open;
  const kind = `text${isLong ? ' folded' : ''}`;
  const body =
    typeof turn.html === 'string'
      ? html`<div class=${kind} dir="auto" dangerouslySetInnerHTML=${{ __html: demoted(turn.html) }} />`
      : html`<div class="${kind} as-written" dir="auto">${printable(turn.text)}</div>`;
  return html`${body}${isLong &&
  html`<button type="button" class="link unfold" onClick=${() => setOpen(true)}>Show the whole statement</button>`}`;
}

/** Headings within a statement are none of the page. @param {string} html sanitised by the server */
const demoted = (html) => html.replace(/<(\/?)h[1-6](?=[\s>])/gi, '<$1h6');

/** A link to a statement. @param {{ turn: number | null, children?: any }} props */
export function TurnLink({ turn, children }) {
  return html`<a class="no" href=${here(`s${turn}`)}>${children ?? `#${turn}`}</a>`;
}

/** The address of a part of this page. `href="#s7"` alone would lead to the base URL. @param {string} id */
export function here(id) {
  return typeof location === 'undefined' ? `#${id}` : `${location.pathname}${location.search}#${id}`;
}

/**
 * @param {{ entry: import('synod/debate/fold.js').Entry, state: any, change?: any, namers?: any[] }} props
 */
export const Statement = memo(({ entry, state, change, namers }) => {
  const turn = entry.data;
  const seat = seatOf(state, turn.agent_id);
  const name = nameOf(state, turn.agent_id);
  const quiet = silence(turn);
  const number = html`<${TurnLink} turn=${turn.turn} />`;
  if (quiet) {
    return html`<article class="aside-turn" id=${`s${turn.turn}`} tabindex="-1" data-hue=${seat ? seat.index % 8 : 0}>
      ${seat && html`<${Mark} index=${seat.index} small ghost />`}
      <p><${Text}>${name}<//> ${quiet}. ${number}</p>
    </article>`;
  }
  return html`<article class="said" id=${`s${turn.turn}`} tabindex="-1" data-hue=${seat ? seat.index % 8 : 0} aria-label=${`${name}, statement ${turn.turn}`}>
    ${seat && html`<${Mark} index=${seat.index} />`}
    <header>
      <b class="by"><${Text}>${name}<//></b>
      <span class="model"><${Text}>${turn.meta?.model ?? seat?.model}<//></span>
      ${number}
      ${change && html`<${Badge} change=${change} state=${state} />`}
      ${turn.evidence && html`<span class="tag">asked for evidence</span>`}
      ${turn.truncated && html`<span class="tag">${CUTS[turn.truncated] ?? turn.truncated}</span>`}
    </header>
    ${turn.thought &&
    html`<details class="thought">
      <summary>Thoughts</summary>
      <p class="as-written" dir="auto">${printable(turn.thought)}</p>
    </details>`}
    <${Words} turn=${turn} />
    ${namers?.length > 0 && html`<p class="moved-some">Named by ${listed(namers.map((/** @type {any} */ s) => s.name))} as what changed ${namers.length === 1 ? 'its' : 'their'} mind</p>`}
  </article>`;
});

/** A badge names an option in so many characters at most. */
const BADGE = 48;

/** That a vote changed, and after which statement. @param {{ change: any, state: any }} props */
export function Badge({ change, state }) {
  const to = change.to === null ? 'abstains' : html`<${Text} title=${onOneLine(optionText(state, change.to))}>${shortened(optionText(state, change.to), BADGE)}<//>`;
  return html`<span class="moved">now ${change.to !== null && html`<${OptionMark} index=${optionIndex(state, change.to)} />`}${to}${change.movedBy !== null && html`, after <${TurnLink} turn=${change.movedBy} />`}</span>`;
}

/** What happened besides statements. @param {{ entry: import('synod/debate/fold.js').Entry, state: any }} props */
export const Note = memo(({ entry, state }) => {
  const { data } = entry;
  switch (entry.kind) {
    case 'interjection':
      return html`<article class="said person" id=${`i${entry.seq}`} tabindex="-1">
        <span class="mark person" aria-hidden="true">“</span>
        <header><b><${Text}>${data.author ?? 'A person'}<//></b> <span class="model">said to all</span></header>
        <div class="text as-written" dir="auto">${printable(data.text)}</div>
      </article>`;
    case 'vote_called':
      return html`<p class="note">A person called the vote.</p>`;
    case 'move':
      return html`<p class="note">${moveInWords(state, data)}.</p>`;
    case 'options':
      return html`<div class="note options-set">
        <p>${OPTION_SOURCES[data.source] ?? 'The options are'}:</p>
        <ol>
          ${data.options.map((/** @type {any} */ option) => html`<li key=${option.id}><${Text}>${option.text}<//></li>`)}
        </ol>
      </div>`;
    case 'paused':
      return html`<p class="note">${pauseInWords(data)}.</p>`;
    case 'resumed':
      return html`<p class="note">Resumed${data.accepted_models?.length ? ', with the changed model accepted' : ''}.</p>`;
    case 'recovered':
      return html`<p class="note">The server was restarted, and continued from its log.</p>`;
    case 'repair':
      return html`<p class="note">The ${REPAIRS[data.purpose] ?? 'reply'} of ${nameOf(state, data.agent_id)} could not be read; the model was asked once more.</p>`;
    default:
      return null;
  }
});
