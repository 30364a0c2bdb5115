// The rounds and phases, to be stepped through like the moves of a game.

import { html } from 'synod/parts/html.js';
import { here } from 'synod/debate/statement.js';

/** @param {{ state: any, reading: string, onGo: (id: string) => void }} props */
export function Stepper({ state, reading, onGo }) {
  const max = state.setup?.config?.max_rounds ?? 0;
  const begun = state.rounds.length ? state.rounds[state.rounds.length - 1].round : 0;
  const last = state.status === 'closed' ? begun : max;
  const rounds = Array.from({ length: last + 1 }, (_, round) => round);
  // Of many rounds that may follow, the next three are listed.
  const shown = rounds.filter((round) => round <= begun + 3);
  return html`<nav class="stepper" aria-label="Rounds">
    <ol>
      ${shown.map((round) => html`<${Step} key=${round} state=${state} number=${round} reading=${reading} onGo=${onGo} />`)}
      ${shown.length < rounds.length && html`<li class="more"><span>at most ${max} rounds</span></li>`}
    </ol>
    <p class="keys"><kbd>←</kbd> <kbd>→</kbd> to step</p>
  </nav>`;
}

/** The phases that one can step through, in order. @param {any} state @returns {string[]} */
export function phasesOf(state) {
  return state.rounds.flatMap((/** @type {any} */ round) => [`r${round.round}`, ...(round.ballots.length > 0 ? [`v${round.round}`] : []), ...(round.runOff.length > 0 ? [`x${round.round}`] : [])]);
}

/** @param {{ state: any, number: number, reading: string, onGo: (id: string) => void }} props */
function Step({ state, number, reading, onGo }) {
  const round = state.rounds.find((/** @type {any} */ r) => r.round === number);
  const isNow = state.status !== 'closed' && state.round === number && round;
  const isVoting = round && (round.ballots.length > 0 || Object.values(state.calls).some((call) => call.purpose === 'ballot'));
  const isNear = state.rounds.length <= 6 || isNow || Number(reading.slice(1)) === number;
  const phases = round && isNear
    ? [
        { id: `r${number}`, text: number === 0 ? 'Statements' : 'Arguments', now: isNow && !isVoting },
        isVoting && { id: `v${number}`, text: number === 0 ? 'Blind vote' : 'Vote', now: isNow && isVoting && round.runOff.length === 0 },
        round.runOff.length > 0 && { id: `x${number}`, text: 'Run-off', now: isNow },
      ].filter(Boolean)
    : [];
  const kind = isNow ? 'now' : round ? 'done' : 'ahead';
  const go = (/** @type {string} */ id) => (/** @type {MouseEvent} */ event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onGo(id);
  };
  const name = number === 0 ? 'Opening' : `Round ${number}`;
  return html`<li class=${kind + (Number(reading.slice(1)) === number && reading ? ' here' : '')}>
    ${round
      ? html`<a class="head" href=${here(`r${number}`)} aria-current=${reading === `r${number}` || (reading === `v${number}` && phases.length < 2) ? 'step' : undefined} onClick=${go(`r${number}`)}>${name}</a>`
      : html`<span class="head">${name}</span>`}
    ${phases.length > 1 &&
    html`<ol>
      ${phases.map((phase, i) => phase && html`<li key=${phase.id} class=${phase.now ? 'now' : ''}><a href=${here(phase.id)} aria-current=${reading === phase.id && i > 0 ? 'step' : undefined} onClick=${go(phase.id)}>${phase.text}</a></li>`)}
    </ol>`}
  </li>`;
}
