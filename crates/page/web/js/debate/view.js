// A debate: watched while it runs, read and replayed afterwards.

import { computed, signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { Menu } from 'synod/parts/menu.js';
import { go } from 'synod/parts/navigate.js';
import { onOneLine, shortened } from 'synod/parts/text.js';
import { Announcer } from 'synod/debate/announcer.js';
import { Bar, stateInWords } from 'synod/debate/bar.js';
import { costs } from 'synod/debate/conclusion.js';
import { Controls } from 'synod/debate/controls.js';
import { DeleteDialog } from 'synod/debate/delete.js';
import { FORMATS, save } from 'synod/debate/export.js';
import { Floor } from 'synod/debate/floor.js';
import { Follow } from 'synod/debate/follow.js';
import { Glance } from 'synod/debate/glance.js';
import { Matrix } from 'synod/debate/matrix.js';
import { usePlaces } from 'synod/debate/places.js';
import { Question } from 'synod/debate/question.js';
import { ReplayBar } from 'synod/debate/replay-bar.js';
import { useReplay } from 'synod/debate/replay.js';
import { isLong, opened, Rounds } from 'synod/debate/rounds.js';
import { Seats } from 'synod/debate/seats.js';
import { ShareDialog } from 'synod/debate/share.js';
import { Stepper } from 'synod/debate/stepper.js';
import { Verdict } from 'synod/debate/verdict.js';
import { pauseInWords } from 'synod/debate/words.js';

/**
 * @typedef {object} DebateViewProps
 * @property {import('synod/debate/store.js').Store} store
 * @property {import('@preact/signals').Signal<string>} connection
 * @property {import('synod/debate/controls.js').Commands} [commands] without them the debate is read-only
 * @property {import('synod/debate/share.js').Archive} [archive]
 * @property {boolean} [shares] whether links can be made
 * @property {boolean} [readOnly] whether the debate was reached by a link
 */

/** @param {DebateViewProps} props */
export function DebateView({ store, connection, commands, archive, shares = false, readOnly = false }) {
  const { replay, startReplay, endReplay } = useReplay(store);
  const [dialog, setDialog] = useState('');
  const message = useMemo(() => signal(''), []);
  const say = (/** @type {string} */ text) => {
    message.value = text;
    setTimeout(() => message.peek() === text && (message.value = ''), 7_000);
  };

  const scene = replay ?? store;
  // A debate that can no longer be read shows what was read, and no activity.
  const gone = useMemo(() => computed(() => connection.value === 'gone'), [connection]).value;
  const whole = useMemo(() => (gone ? whenGone(store.state.value) : store.state.value), [store.state.value, gone]);
  const state = replay ? replay.state.value : whole;
  const topic = onOneLine(whole.setup?.config?.debate_topic);
  const isClosed = state.status === 'closed';
  // Of a long debate that is over the verdict is drawn first, and the rest with the next frame.
  const isThere = Boolean(state.setup);
  const [isPainted, setPainted] = useState(false);
  useEffect(() => {
    if (!isThere) return undefined;
    // A task after the frame, not within it.
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const frame = requestAnimationFrame(() => (timer = setTimeout(() => setPainted(true))));
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [isThere]);
  const isWhole = isThere && (isPainted || !isClosed || !isLong(state));

  // The title says what happens, for those who look at another tab.
  useEffect(() => {
    if (!topic) return;
    const sign = whole.status === 'running' ? '● ' : whole.status === 'paused' ? '❙❙ ' : '';
    document.title = `${sign}${stateInWords(whole)[0]} · ${shortened(topic, 60)} – Synod`;
  }, [topic, whole.status, whole.round, whole.verdict]);

  const { reading, jump } = usePlaces(state, replay, isWhole);
  useEffect(
    () => () => {
      opened.value = {};
    },
    [],
  );

  if (!isThere) return html`<div class="debate opening"><${Bar} state=${state} seenAt=${() => 0} connection=${connection} /></div>`;

  const formats = archive ? FORMATS.map(({ format, text, detail }) => ({ text, detail, run: () => save(archive, whole.id ?? 'debate', format, say) })) : [];
  const controls = replay || state.status === 'gone'
    ? null
    : html`${commands && !isClosed && html`<${Controls} state=${state} commands=${commands} say=${say} />`}
        ${isClosed && html`<button type="button" onClick=${startReplay}>Replay</button>`}
        ${archive && isClosed && html`<${Menu} label="Export" items=${formats} />`}
        ${archive && shares && html`<button type="button" class="roomy" onClick=${() => setDialog('share')}>Share</button>`}
        ${archive &&
        html`<${Menu}
          label=${html`<span aria-hidden="true">⋯</span><span class="visually-hidden">More</span>`}
          class="quiet"
          items=${[
            ...(isClosed ? [] : formats.map((item) => ({ ...item, text: `Save as ${item.text}` }))),
            shares && { text: 'Share a link…', detail: 'Read-only, and you can revoke it', run: () => setDialog('share') },
            isClosed && { text: 'Delete…', detail: 'For good', run: () => setDialog('delete') },
          ]}
        />`}
        ${isClosed && commands && html`<a class="button primary" href=${`./?follow_up=${whole.id}`}>Ask a follow-up</a>`}`;

  return html`<div class=${`debate ${isClosed ? 'closed' : 'running'} ${replay ? 'replaying' : ''} ${state.status === 'running' ? '' : 'still'}`}>
    <${Bar} state=${state} seenAt=${() => store.seenAt} connection=${connection} replaying=${Boolean(replay)} readOnly=${readOnly} onGlance=${() => setDialog('glance')}>${controls}<//>
    <div class="frame">
      <${Stepper} state=${state} reading=${reading} onGo=${jump} />
      <div class="column">
        <${Question} state=${state} />
        ${isClosed && html`<${Verdict} state=${state} />`}
        ${isClosed && html`<h2 class="heading">The debate</h2>`}
        ${state.status === 'initialized' && html`<p class="note">The debate has not started.</p>`}
        ${isWhole && html`<${Rounds} state=${state} />`}
        ${state.status === 'paused' && html`<p class="paused-note caution"><b>${pauseInWords(state.pause ?? {})}.</b> ${commands ? afterPause(state.pause) : ''}</p>`}
        ${state.status === 'gone' && html`<p class="caution" role="alert">${readOnly ? html`<b>This link no longer works.</b> The link was revoked, or the` : 'The'} debate was deleted. What was said until then is above.</p>`}
        <${Floor} state=${state} scene=${scene} />
        <${Follow} key=${replay ? 'replay' : 'live'} active=${!isClosed && state.status !== 'gone' && (replay ? replay.playing.value : true)} isOver=${isClosed} said=${saidIn(state)} start=${!location.hash || replay !== null} />
      </div>
      <aside class="side" aria-label="Votes and cost" tabindex="0">
        ${!isClosed && html`<${Seats} state=${state} />`}
        ${isWhole && html`<${Matrix} state=${state} scene=${scene} />`}
        <${Costs} state=${state} />
      </aside>
    </div>
    ${replay && html`<${ReplayBar} replay=${replay} onClose=${endReplay} />`}
    <${Announcer} store=${store} />
    <p class="toast" role="status">${message}</p>
    ${dialog === 'glance' && html`<${Glance} state=${state} onClose=${() => setDialog('')} />`}
    ${dialog === 'share' && archive && html`<${ShareDialog} archive=${archive} isClosed=${isClosed} onClose=${() => setDialog('')} />`}
    ${dialog === 'delete' && archive && html`<${DeleteDialog} id=${whole.id} topic=${topic} onClose=${() => setDialog('')} onDone=${() => go('d')} />`}
  </div>`;
}

/** The state of a debate that can no longer be read. @param {import('synod/debate/fold.js').State} state @returns {import('synod/debate/fold.js').State} */
const whenGone = (state) => (state.status === 'closed' || state.status === 'unknown' ? state : { ...state, status: 'gone', calls: {}, pause: null });

/** @param {any} pause */
function afterPause(pause) {
  switch (pause?.reason) {
    case 'hosts_away':
    case 'hosts_refuse':
      return 'Fix the host, then resume: the missing calls are made again.';
    case 'disk_full':
      return 'Free disk space on the server, then resume.';
    case 'model_changed':
      return 'Bring the recorded model back, or resume with the changed one.';
    case 'poison':
      return 'Resume to try it again, or stop the debate.';
    default:
      return 'No call begins until it is resumed.';
  }
}

/** @param {{ state: any }} props */
function Costs({ state }) {
  return html`<section class="card" aria-labelledby="cost-title">
    <h2 id="cost-title">${state.status === 'closed' ? 'What it took' : 'So far'}</h2>
    <dl class="facts">
      ${costs(state).map(([label, value]) => html`<div key=${label}><dt>${label}</dt><dd>${value}</dd></div>`)}
    </dl>
  </section>`;
}

/** How much has been said. @param {any} state */
function saidIn(state) {
  return state.rounds.reduce((/** @type {number} */ sum, /** @type {any} */ round) => sum + round.entries.filter((/** @type {any} */ entry) => entry.kind === 'turn' || entry.kind === 'interjection').length, 0);
}

