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

/**
 * Says quietly that what is shown may be old.
 *
 * @param {{ problem: import('synod/api.js').ApiProblem | null }} props
 */
export function Reconnecting({ problem }) {
  return html`<p class="reconnecting small soft" role="status">
    ${problem?.isTransient && html`<span class="live-dot still" aria-hidden="true"></span> Reconnecting: the server does not respond.`}
  </p>`;
}
