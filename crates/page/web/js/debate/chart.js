// Votes by round as lines, with the number that is needed. A small SVG: it takes its colours from the
// tokens, is printed and exported with the page, and needs no library. The table beside it has the figures.

import { html } from 'synod/parts/html.js';
import { onOneLine, shortened } from 'synod/parts/text.js';
import { spread } from 'synod/debate/spread.js';
import { shortNames } from 'synod/debate/standing.js';

const [WIDTH, HEIGHT] = [300, 170];
const [LEFT, RIGHT, TOP, BOTTOM] = [24, 112, 16, 26];

/** @param {{ state: any }} props */
export function Chart({ state }) {
  const rounds = state.rounds.filter((/** @type {any} */ round) => round.closed);
  if (rounds.length < 2 || !state.setup) return null;
  const { needs, of } = state.setup.limits;
  const x = (/** @type {number} */ i) => LEFT + (i * (WIDTH - LEFT - RIGHT)) / (rounds.length - 1);
  const y = (/** @type {number} */ votes) => HEIGHT - BOTTOM - (votes * (HEIGHT - TOP - BOTTOM)) / of;
  const short = shortNames(state.options, 10);
  const series = state.options
    .map((/** @type {any} */ option, /** @type {number} */ index) => ({
      option,
      index,
      votes: rounds.map((/** @type {any} */ round) => round.closed.tally.votes.find((/** @type {any} */ vote) => vote.option === option.id)?.count ?? null),
    }))
    .filter((/** @type {any} */ line) => line.votes.some((/** @type {number | null} */ votes) => votes));
  const ends = spread(series.map((/** @type {any} */ line) => y(line.votes[line.votes.length - 1] ?? 0)), HEIGHT - BOTTOM + 2);
  const words = series.map((/** @type {any} */ line) => `${onOneLine(line.option.text)}: ${line.votes.map((/** @type {any} */ v) => v ?? 0).join(', ')}`).join('; ');
  // Points that lie on each other are drawn a little apart.
  const apart = (/** @type {number} */ i, /** @type {number} */ at) => {
    const tied = series.filter((/** @type {any} */ line) => line.votes[at] === series[i].votes[at]);
    return (tied.indexOf(series[i]) - (tied.length - 1) / 2) * 3;
  };
  const every = Math.ceil(rounds.length / 8);
  const point = rounds.length > 10 ? 2.5 : 4;
  return html`<svg class="chart" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${`Votes by round. ${words}. ${needs} of ${of} are needed.`}>
    ${Array.from({ length: of + 1 }, (_, votes) => (of <= 6 || votes % Math.ceil(of / 5) === 0 || votes === of) && html`<text key=${votes} class="tick" x=${LEFT - 10} y=${y(votes) + 4} text-anchor="end">${votes}</text>`)}
    <line class="base" x1=${LEFT} x2=${WIDTH - RIGHT} y1=${y(0)} y2=${y(0)} />
    <line class="needed" x1=${LEFT} x2=${WIDTH - RIGHT} y1=${y(needs)} y2=${y(needs)} />
    <text class="needed-text" x=${LEFT + 4} y=${y(needs) - 5}>${needs} needed</text>
    ${rounds.map((/** @type {any} */ round, /** @type {number} */ i) => ((i % every === 0 && rounds.length - 1 - i >= every) || i === rounds.length - 1) && html`<text key=${round.round} class="tick" x=${x(i)} y=${HEIGHT - 8} text-anchor="middle">${round.round === 0 ? 'Blind' : round.round}</text>`)}
    ${series.map(
      (/** @type {any} */ line, /** @type {number} */ i) => html`<g key=${line.option.id} data-option=${line.index}>
        <polyline points=${line.votes.map((/** @type {number | null} */ votes, /** @type {number} */ at) => (votes === null ? null : `${x(at)},${y(votes) + apart(i, at)}`)).filter(Boolean).join(' ')} />
        ${line.votes.map((/** @type {number | null} */ votes, /** @type {number} */ at) => votes !== null && html`<rect key=${at} class="point" x=${x(at) - point} y=${y(votes) + apart(i, at) - point} width=${2 * point} height=${2 * point} />`)}
        <rect class="option-square" x=${WIDTH - RIGHT + 10} y=${(ends[i] ?? 0) - 7} width="14" height="14" rx="2" />
        <text class="tick" x=${WIDTH - RIGHT + 17} y=${(ends[i] ?? 0) + 4} text-anchor="middle">${line.index + 1}</text>
        <text class="end" x=${WIDTH - RIGHT + 30} y=${(ends[i] ?? 0) + 4}><tspan class="n">${line.votes[line.votes.length - 1] ?? 0}</tspan> ${shortened(short[line.index] ?? line.option.id, 10)}</text>
      </g>`,
    )}
  </svg>`;
}
