// What went wrong with a request, and what to do.

import { api } from 'synod/api.js';
import { html } from 'synod/parts/html.js';

/** @param {{ problem: import('synod/api.js').ApiProblem, onAgain: () => void }} props */
export function Trouble({ problem, onAgain }) {
  const isLocked = problem.status === 401;
  const unlock = async () => {
    if (await api.unlock()) onAgain();
  };
  return html`
    <div class="notice trouble" role="alert">
      <p><b>${problem.title}.</b> ${problem.detail}</p>
      <button type="button" onClick=${isLocked ? unlock : onAgain}>${isLocked ? 'Enter the key' : 'Try again'}</button>
    </div>
  `;
}
