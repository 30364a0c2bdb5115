// The verdict: the answer in the largest letters of the page, how it was reached in plain sentences, the
// argument for it, reasons to doubt it, and who disagrees.

import { useState } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { Mark } from 'synod/parts/mark.js';
import { onOneLine, Text } from 'synod/parts/text.js';
import { Chart } from 'synod/debate/chart.js';
import { Changed } from 'synod/debate/rounds.js';
import { TurnLink, Words } from 'synod/debate/statement.js';
import { ballotOf, changes, nameOf, optionText, seatOf, turnOf } from 'synod/debate/standing.js';
import { cautions, howReached, kindLine, lastRound, sourceOfArgument, weight } from 'synod/debate/conclusion.js';
import { noVote, roundName } from 'synod/debate/words.js';

/** So many dissenters are shown at first. */
const MOST_DISSENT = 3;
/** So many changed votes are shown at first. */
const MOST_CHANGES = 12;

/** How an option without a consensus came first. @type {Record<string, string>} */
const LEADS = { run_off: 'first after a run-off', judge: 'chosen by the judge' };

/** @param {{ state: any }} props of a closed debate */
export function Verdict({ state }) {
  const v = state.verdict;
  const argument = turnOf(state, v.argument?.turn);
  const speaker = argument && seatOf(state, argument.agent_id);
  const doubts = cautions(state);
  const isAnswer = v.outcome === 'consensus';
  const heading = isAnswer ? onOneLine(v.answer?.text ?? optionText(state, v.leader)) : v.leader ? onOneLine(optionText(state, v.leader)) : withoutLeader(state);
  return html`<section class=${`verdict ${isAnswer ? 'agreed' : 'open'}`} aria-label="Verdict">
    <p class="kind">${kindLine(state)}${!isAnswer && v.leader ? html`<span class="soft"> · ${LEADS[v.tie_broken_by] ?? 'in the lead'}:</span>` : ''}</p>
    <h2 class="answer" id="answer"><bdi dir="auto">${heading}</bdi></h2>
    <p class="plain">${howReached(state)} <span class="weight">${weight(state)}</span></p>
    ${v.reason && html`<p class="plain">Reason given: <${Text}>${v.reason}<//></p>`}
    ${argument &&
    html`<blockquote data-hue=${speaker ? speaker.index % 8 : 0}>
      <${Quotation} turn=${argument} />
      <footer>
        ${speaker && html`<${Mark} index=${speaker.index} small />`}
        <span><${Text}>${nameOf(state, argument.agent_id)}<//>, <${TurnLink} turn=${argument.turn}>${sourceOfArgument(state)}<//></span>
      </footer>
    </blockquote>`}
    ${doubts.length > 0 && html`<div class="caution" role="note">${doubts.map((doubt) => html`<p key=${doubt.title + doubt.text}><b><bdi dir="auto">${doubt.title}</bdi></b> ${doubt.text}</p>`)}</div>`}
    <div class="pair">
      <${Course} state=${state} />
      <${Dissent} state=${state} />
    </div>
    <${Minds} state=${state} />
  </section>`;
}

/** @param {any} state */
function withoutLeader(state) {
  const tied = lastRound(state)?.closed?.tally?.leaders ?? [];
  if (tied.length > 1) return 'A tie';
  return state.verdict.outcome === 'quorum_lost' || state.verdict.outcome === 'failed' ? 'No verdict' : 'No option leads';
}

/** A quotation of a few lines, with the rest on request. @param {{ turn: any }} props */
function Quotation({ turn }) {
  const [open, setOpen] = useState(false);
  const isLong = turn.text.length > 520;
  return html`<div class=${isLong && !open ? 'quotation clamped' : 'quotation'}><${Words} turn=${turn} whole /></div>
    ${isLong && html`<button type="button" class="link small" aria-expanded=${open} onClick=${() => setOpen(!open)}>${open ? 'Show less' : 'Show all'}</button>`}`;
}

/** @param {{ state: any }} props */
function Course({ state }) {
  const closed = state.rounds.filter((/** @type {any} */ round) => round.closed).length;
  if (closed < 2) return null;
  return html`<section aria-labelledby="course-title">
    <h3 id="course-title">From the blind vote to the last</h3>
    <${Chart} state=${state} />
  </section>`;
}

/** Those who did not vote for the leader, in their own words. @param {{ state: any }} props */
function Dissent({ state }) {
  const [all, setAll] = useState(false);
  const { dissent, outcome, leader } = state.verdict;
  if (!dissent?.length || !leader) return null;
  const last = lastRound(state);
  const shown = dissent.map((/** @type {any} */ d) => ({ ...d, seat: seatOf(state, d.agent_id), said: turnOf(state, d.turn), ballot: ballotOf(last, d.agent_id) }));
  return html`<section aria-label="Dissent">
    <h3>${outcome === 'consensus' ? 'Who disagrees' : 'Who does not vote for it'}</h3>
    ${(all ? shown : shown.slice(0, MOST_DISSENT)).map(
      (/** @type {any} */ d) => html`<article class="said dissenter" key=${d.agent_id} data-hue=${d.seat ? d.seat.index % 8 : 0}>
        ${d.seat && html`<${Mark} index=${d.seat.index} />`}
        <header>
          <b class="by"><${Text}>${nameOf(state, d.agent_id)}<//></b>
          <span class="no">${d.option ? html`<${Text}>${optionText(state, d.option)}<//>` : d.ballot ? noVote(d.ballot) : 'no vote'}</span>
          ${d.said && html`<${TurnLink} turn=${d.turn} />`}
        </header>
        ${d.said && d.said.result === 'spoke' && html`<${Quotation} turn=${d.said} />`}
      </article>`,
    )}
    ${!all && shown.length > MOST_DISSENT && html`<button type="button" class="link small" onClick=${() => setAll(true)}>Show ${shown.length - MOST_DISSENT} more</button>`}
  </section>`;
}

/** Who changed, when, and after which statement. @param {{ state: any }} props */
function Minds({ state }) {
  const [all, setAll] = useState(false);
  const list = changes(state);
  if (list.length === 0) return null;
  return html`<section class="minds" aria-labelledby="minds-title">
    <h3 id="minds-title">Who changed their mind, and after what</h3>
    <ol class="changes">
      ${(all ? list : list.slice(0, MOST_CHANGES)).map(
        (change) => html`<li key=${`${change.round}${change.seat.id}`} data-hue=${change.seat.index % 8}>
          <${Mark} index=${change.seat.index} small />
          <span class="when">${roundName(change.round)}</span>
          <span><b class="by"><${Text}>${change.seat.name}<//></b> <${Changed} change=${change} state=${state} /></span>
        </li>`,
      )}
    </ol>
    ${!all && list.length > MOST_CHANGES && html`<button type="button" class="link small" onClick=${() => setAll(true)}>Show ${list.length - MOST_CHANGES} more</button>`}
  </section>`;
}
