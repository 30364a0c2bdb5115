// What is being said now: one card for each open call that speaks, a line for each other call.

import { computed, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { Mark } from 'synod/parts/mark.js';
import { Text } from 'synod/parts/text.js';
import { nameOf, progress, seatOf, standing } from 'synod/debate/standing.js';

/** The hosts as the server last described them. @type {import('@preact/signals').Signal<any[]>} */
const hosts = signal([]);

/**
 * @param {{ state: import('synod/debate/fold.js').State, scene: import('synod/debate/store.js').Scene, fetchHosts?: () => Promise<any[]> }} props
 */
export function Floor({ state, scene, fetchHosts }) {
  const calls = Object.values(state.calls);
  const speaking = calls.filter((call) => call.turn !== null && call.turn !== undefined);
  const voting = calls.filter((call) => call.purpose === 'ballot' || call.purpose === 'run_off');
  const other = calls.find((call) => ['options', 'move', 'judge'].includes(call.purpose));
  useHosts(calls.length > 0, fetchHosts);
  if (calls.length === 0) return null;
  return html`<div class="floor" data-count=${Math.min(speaking.length, 4)}>
    ${speaking.map((call) => html`<${Live} key=${call.call} call=${call} state=${state} text=${scene.textOf(call.call)} paused=${state.status === 'paused'} isLive=${Boolean(fetchHosts)} />`)}
    ${voting.length > 0 && !hasBallots(state) && html`<${Voting} state=${state} />`}
    ${other && html`<p class="note waiting">${doing(state, other)}<span class="dots" aria-hidden="true" /></p>`}
  </div>`;
}

/** Whether the count of this vote is shown already. @param {any} state */
function hasBallots(state) {
  const { round, stage } = progress(state);
  const now = standing(state);
  return now !== null && now.round === round && now.runOff === (stage === 'run_off') && now.ballots > 0;
}

/** @param {any} state @param {any} call */
function doing(state, call) {
  if (call.purpose === 'options') return call.repair ? 'The clerk lists the answers once more' : 'A neutral clerk lists the answers of the openings';
  if (call.purpose === 'move') return 'The moderator chooses who speaks next';
  return `${nameOf(state, call.agent_id)} rules on the tie`;
}

/** @param {{ call: any, state: any, text: import('@preact/signals').Signal<string>, paused: boolean, isLive: boolean }} props */
function Live({ call, state, text, paused, isLive }) {
  const seat = seatOf(state, call.agent_id);
  const speaks = useMemo(() => computed(() => text.value !== ''), [text]);
  const name = nameOf(state, call.agent_id);
  const [short, long] = speaks.value ? ['speaking', ''] : waiting(seat, call, paused, isLive);
  return html`<article class="live" data-hue=${seat ? seat.index % 8 : 0} aria-label=${`${name}, ${short}`} aria-busy="true">
    <header>
      ${seat && html`<${Mark} index=${seat.index} small />`}
      <b class="by"><${Text}>${name}<//></b>
      ${call.evidence && html`<span class="tag">asked for evidence</span>`}
      <span class="soft small">${short}</span>
    </header>
    ${speaks.value
      ? html`<p class="text" dir="auto">${text}<span class="caret" aria-hidden="true" /></p>`
      : html`<p class="wait">${long}<span class="dots" aria-hidden="true" /></p>`}
  </article>`;
}

/** What a call without words waits for. @param {any} seat @param {any} call @param {boolean} paused @param {boolean} isLive whether the hosts are those of this moment @returns {[string, string]} */
function waiting(seat, call, paused, isLive) {
  if (paused) return ['paused', 'This call is made again after the pause'];
  const host = isLive ? hosts.value.find((h) => h.name === seat?.host) : undefined;
  const again = call.attempt > 1 ? ' once more' : '';
  if (host?.state === 'away') return ['waiting', `${host.name} cannot be reached; the call waits for it`];
  const isAbsent = host?.kind === 'ollama' && Array.isArray(host.loaded) && !host.loaded.some((/** @type {string} */ model) => sameModel(model, seat.model));
  if (host?.state === 'loading' || isAbsent) {
    return ['loading', `Loading ${seat.model}`];
  }
  if (host && host.queued > 0 && host.slots !== null && host.running >= host.slots) return ['queued', `Reads${again}, or waits for a free place at ${host.name}`];
  return ['reading', `Reads${again}; the first word follows`];
}

/** @param {string} a @param {string} b */
const sameModel = (a, b) => a.replace(/:latest$/, '') === b.replace(/:latest$/, '');

/** @param {{ state: any }} props */
function Voting({ state }) {
  const { of, stage } = progress(state);
  return html`<div class="voting">
    <p><b>${stage === 'run_off' ? 'Run-off' : 'Voting'}</b> <span class="soft">all ${of} at the same time; no speaker sees another's ballot</span></p>
    <p class="marks">${state.seats.map((/** @type {any} */ seat) => html`<${Mark} key=${seat.id} index=${seat.index} small ghost label=${seat.name} title=${seat.name} />`)}</p>
  </div>`;
}

/** Asks for the hosts while calls are open, because a call may wait for one. @param {boolean} active @param {(() => Promise<any[]>) | undefined} fetchHosts */
function useHosts(active, fetchHosts) {
  useEffect(() => {
    if (!active || !fetchHosts) return undefined;
    let stopped = false;
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;
    const look = async () => {
      if (!document.hidden) {
        // A host that cannot be described is shown as if it worked.
        const found = await fetchHosts().catch(() => null);
        if (stopped) return;
        if (found) hosts.value = found;
        else if (hosts.value.length === 0) return;
      }
      timer = setTimeout(look, 3_000);
    };
    timer = setTimeout(look, 700);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [active, fetchHosts]);
}
