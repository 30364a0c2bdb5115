// A debate: watched while it runs, read and replayed afterwards.

import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { Menu } from 'synod/parts/menu.js';
import { go } from 'synod/parts/navigate.js';
import { onOneLine, shortened } from 'synod/parts/text.js';
import { FORMATS, save } from 'synod/debate/export.js';
import { Bar, stateInWords } from 'synod/debate/bar.js';
import { isLong, opened, Rounds } from 'synod/debate/rounds.js';
import { usePlaces } from 'synod/debate/places.js';
import { Question } from 'synod/debate/question.js';
import { Matrix } from 'synod/debate/matrix.js';
import { Stepper } from 'synod/debate/stepper.js';
import { costs } from 'synod/debate/conclusion.js';
import { pauseInWords } from 'synod/debate/words.js';

/**
 * @typedef {import('synod/debate/replay.js').Replay} Replay
 *
 * @typedef {object} DebateViewProps
 * @property {import('synod/debate/store.js').Store} store
 * @property {import('@preact/signals').Signal<string>} connection
 * @property {import('synod/debate/controls.js').Commands} [commands] without them the debate is read-only
 * @property {import('synod/debate/afterwards.js').Archive} [archive]
 * @property {boolean} [shares] whether links can be made
 * @property {boolean} [readOnly] whether the debate was reached by a link
 */

/** Loads what only a debate that is over shows. */
export const loadVerdict = () => import('synod/debate/verdict.js');
/** Loads what only a debate that goes on, or is replayed, shows. */
const loadLive = () => import('synod/debate/live.js');

/**
 * A part of the page that is loaded when it is needed.
 *
 * @template T
 * @param {boolean} isNeeded
 * @param {() => Promise<T>} load
 * @param {(error: any) => void} onFailure
 * @returns {T | null}
 */
function usePart(isNeeded, load, onFailure) {
  const [part, setPart] = useState(/** @type {T | null} */ (null));
  useEffect(() => {
    if (isNeeded && !part) load().then(setPart, onFailure);
  }, [isNeeded]);
  return part;
}

/** @param {DebateViewProps} props */
export function DebateView({ store, connection, commands, archive, shares = false, readOnly = false }) {
  const [replay, setReplay] = useState(/** @type {Replay | null} */ (null));
  const [dialog, setDialog] = useState('');
  const [isLacking, setLacking] = useState(false);
  // What is rarely needed is loaded when it is.
  const [more, setMore] = useState(/** @type {any} */ ({}));
  const message = useMemo(() => signal(''), []);
  const say = (/** @type {string} */ text) => {
    message.value = text;
    setTimeout(() => message.peek() === text && (message.value = ''), 7_000);
  };

  const scene = replay ?? store;
  const state = scene.state.value;
  const whole = store.state.value;
  const topic = onOneLine(whole.setup?.config?.debate_topic);
  const isClosed = state.status === 'closed';
  const notLoaded = () => {
    setLacking(true);
    say('This part of the page could not be loaded. Load the page again: the server may have been updated.');
  };
  const live = usePart(Boolean(state.setup) && (!isClosed || replay !== null), loadLive, notLoaded);
  const ending = usePart(isClosed, loadVerdict, notLoaded);
  // The verdict is drawn before anything reacts to it.
  const isOver = isClosed && ending !== null;
  // A debate is first shown with what matters most in it.
  const isShown = useRef(false);
  isShown.current = Boolean(state.setup) && (isShown.current || isLacking || (isClosed ? isOver : live !== null));
  // Of a long debate that is over the verdict is drawn first, and the rest with the next frame.
  const [isPainted, setPainted] = useState(false);
  useEffect(() => {
    if (!isShown.current) return undefined;
    const timer = setTimeout(() => setPainted(true));
    return () => clearTimeout(timer);
  }, [isShown.current]);
  const isWhole = isShown.current && (isPainted || !isOver || !isLong(state));
  const canReplay = whole.status === 'closed' && store.events.length > 0;

  // The title says what happens, for those who look at another tab.
  useEffect(() => {
    if (!topic) return;
    const sign = whole.status === 'running' ? '● ' : whole.status === 'paused' ? '❙❙ ' : '';
    document.title = `${sign}${stateInWords(whole)[0]} · ${shortened(topic, 60)} – Synod`;
  }, [topic, whole.status, whole.round, whole.verdict]);

  const { reading, jump } = usePlaces(state, replay, isWhole);
  const playing = useRef(replay);
  playing.current = replay;
  useEffect(
    () => () => {
      opened.value = {};
      playing.current?.pause();
    },
    [],
  );

  if (!isShown.current) return html`<div class="debate opening"><${Bar} state=${state} seenAt=${() => 0} connection=${connection.value} /></div>`;

  /** @param {() => Promise<any>} load @param {(module: any) => void} then */
  const withModule = (load, then) => load().then(then, notLoaded);
  const startReplay = () =>
    withModule(() => Promise.all([import('synod/debate/replay.js'), import('synod/debate/replay-bar.js'), loadLive()]), ([{ Replay }, { ReplayBar }]) => {
      const next = new Replay(store.events);
      setMore({ ...more, ReplayBar });
      setReplay(next);
      scrollTo({ top: 0 });
      next.play();
    });
  const openDialog = (/** @type {string} */ name) =>
    withModule(() => import('synod/debate/afterwards.js'), ({ ShareDialog, DeleteDialog }) => {
      setMore({ ...more, ShareDialog, DeleteDialog });
      setDialog(name);
    });
  const endReplay = () => {
    replay?.pause();
    setReplay(null);
    scrollTo({ top: 0 });
  };

  const formats = archive ? FORMATS.map(({ format, text, detail }) => ({ text, detail, run: () => save(archive, whole.id ?? 'debate', format, say) })) : [];
  const controls = replay
    ? null
    : html`${commands && live && !isClosed && html`<${live.Controls} state=${state} commands=${commands} say=${say} />`}
        ${canReplay && html`<button type="button" onClick=${startReplay}>Replay</button>`}
        ${archive && isClosed && html`<${Menu} label="Export" items=${formats} />`}
        ${archive && shares && html`<button type="button" class="roomy" onClick=${() => openDialog('share')}>Share</button>`}
        ${archive &&
        html`<${Menu}
          label=${html`<span aria-hidden="true">⋯</span><span class="visually-hidden">More</span>`}
          class="quiet"
          items=${[
            ...(isClosed ? [] : formats.map((item) => ({ ...item, text: `Save as ${item.text}` }))),
            shares && { text: 'Share a link…', detail: 'Read-only, and you can revoke it', run: () => openDialog('share') },
            isClosed && { text: 'Delete…', detail: 'For good', run: () => openDialog('delete') },
          ]}
        />`}
        ${isClosed && commands && html`<a class="button primary" href=${`./?follow_up=${whole.id}`}>Ask a follow-up</a>`}`;

  return html`<div class=${`debate ${isClosed ? 'closed' : 'running'} ${replay ? 'replaying' : ''}`}>
    <${Bar} state=${state} seenAt=${() => store.seenAt} connection=${connection.value} replaying=${Boolean(replay)} readOnly=${readOnly}>${controls}<//>
    <div class="frame">
      <${Stepper} state=${state} reading=${reading} onGo=${jump} />
      <div class="column">
        <${Question} state=${state} />
        ${isOver && html`<${ending.Verdict} state=${state} />`}
        ${isClosed && html`<h2 class="heading">The debate</h2>`}
        ${state.status === 'initialized' && html`<p class="note">The debate has not started.</p>`}
        ${isWhole && html`<${Rounds} state=${state} />`}
        ${state.status === 'paused' && html`<p class="paused-note caution"><b>${pauseInWords(state.pause ?? {})}.</b> ${commands ? afterPause(state.pause) : ''}</p>`}
        ${live && html`<${live.Floor} state=${state} scene=${scene} />`}
        ${live && html`<${live.Follow} key=${replay ? 'replay' : 'live'} active=${!isOver && (replay ? replay.playing.value : true)} isOver=${isOver} said=${saidIn(state)} start=${!location.hash} />`}
      </div>
      <aside class="side" aria-label="Votes and cost" tabindex="0">
        ${live && !isClosed && html`<${live.Seats} state=${state} />`}
        ${isWhole && html`<${Matrix} state=${state} />`}
        <${Costs} state=${state} />
      </aside>
    </div>
    ${replay && html`<${more.ReplayBar} replay=${replay} onClose=${endReplay} />`}
    ${live && html`<${live.Announcer} store=${store} />`}
    <p class="toast" role="status">${message}</p>
    ${dialog === 'share' && archive && html`<${more.ShareDialog} archive=${archive} isClosed=${isClosed} onClose=${() => setDialog('')} />`}
    ${dialog === 'delete' && archive && html`<${more.DeleteDialog} archive=${archive} onClose=${() => setDialog('')} onDeleted=${() => go('d')} />`}
  </div>`;
}

/** @param {any} pause */
function afterPause(pause) {
  switch (pause?.reason) {
    case 'hosts_away':
    case 'hosts_refuse':
      return 'Mend the host, and resume: the missing calls are made again.';
    case 'disk_full':
      return 'Make room on the disk of the server, and resume.';
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

