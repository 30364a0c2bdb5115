// The controls of a replay: play, step, a slider of the whole debate, the speed.

import { html } from 'synod/parts/html.js';
import { clock } from 'synod/parts/time.js';
import { SPEEDS } from 'synod/debate/clock.js';

/** @param {{ replay: import('synod/debate/replay.js').Replay, onClose: () => void }} props */
export function ReplayBar({ replay, onClose }) {
  const playing = replay.playing.value;
  const { length } = replay.timeline;
  const time = replay.time.value;
  return html`<div class="replay-bar" role="region" aria-label="Replay">
    <div class="replay-in">
      <button type="button" class="primary" onClick=${() => (playing ? replay.pause() : replay.play())}>${playing ? 'Pause' : 'Play'}</button>
      <button type="button" aria-label="Step back" onClick=${() => replay.step(-1)}>←</button>
      <button type="button" aria-label="Step forward" onClick=${() => replay.step(1)}>→</button>
      <input
        type="range"
        min="0"
        max=${Math.ceil(length)}
        step="100"
        value=${time}
        aria-label="Position in the debate"
        aria-valuetext=${`${clock(time)} of ${clock(length)}`}
        onInput=${(/** @type {any} */ event) => replay.seek(Number(event.target.value))}
      />
      <span class="soft small nowrap">${clock(time)} / ${clock(length)}</span>
      <label class="speed"><span class="visually-hidden">Speed</span>
        <select value=${String(replay.speed.value)} onChange=${(/** @type {any} */ event) => (replay.speed.value = Number(event.target.value))}>
          ${SPEEDS.map((speed) => html`<option key=${speed} value=${String(speed)}>${speed}×</option>`)}
        </select>
      </label>
      <button type="button" class="quiet" onClick=${onClose}>End<span class="roomy"> the replay</span></button>
    </div>
  </div>`;
}
