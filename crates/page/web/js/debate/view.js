// A debate: watched while it runs, read and replayed afterwards.

import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { Menu } from 'synod/parts/menu.js';
import { go, setHash } from 'synod/parts/navigate.js';
import { onOneLine, printable, shortened } from 'synod/parts/text.js';
import { FORMATS, save } from 'synod/debate/export.js';
import { Bar, stateInWords } from 'synod/debate/bar.js';
import { Controls } from 'synod/debate/controls.js';
import { Floor } from 'synod/debate/floor.js';
import { Follow } from 'synod/debate/follow.js';
import { opened, openRound, Rounds } from 'synod/debate/rounds.js';
import { Matrix, Seats } from 'synod/debate/seats.js';
import { phasesOf, Stepper } from 'synod/debate/stepper.js';
import { Verdict } from 'synod/debate/verdict.js';
import { costs, kindLine, pauseInWords, rulesLine, silence } from 'synod/debate/words.js';
import { nameOf } from 'synod/debate/standing.js';

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
 * @property {() => Promise<any[]>} [fetchHosts]
 */

/** @param {DebateViewProps} props */
export function DebateView({ store, connection, commands, archive, shares = false, readOnly = false, fetchHosts }) {
  const [replay, setReplay] = useState(/** @type {Replay | null} */ (null));
  const [dialog, setDialog] = useState('');
  // What is rarely needed is loaded when it is.
  const [more, setMore] = useState(/** @type {any} */ ({}));
  const message = useMemo(() => signal(''), []);
  const reading = useMemo(() => ({ id: signal(''), until: 0 }), []);
  const arrived = useRef(false);
  const say = (/** @type {string} */ text) => {
    message.value = text;
    setTimeout(() => message.peek() === text && (message.value = ''), 7_000);
  };

  const scene = replay ?? store;
  const state = scene.state.value;
  const whole = store.state.value;
  const topic = onOneLine(whole.setup?.config?.debate_topic);
  const isClosed = state.status === 'closed';
  const canReplay = whole.status === 'closed' && store.events.length > 0;

  const jump = (/** @type {string} */ id, focus = true) => {
    const round = roundOf(state, id);
    if (round !== null) openRound(round);
    if (/^[rvx]/.test(id)) reading.id.value = id;
    reading.until = performance.now() + 800;
    // The round may have been folded: its content is there with the next frame.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const part = document.getElementById(id);
      if (!part) return;
      part.scrollIntoView({ block: 'start' });
      // What comes into view is drawn now, and may be higher or lower than it was estimated.
      requestAnimationFrame(() => part.scrollIntoView({ block: 'start' }));
      if (focus) part.focus({ preventScroll: true });
      setHash(id);
    }));
  };

  // The title says what happens, for those who look at another tab.
  useEffect(() => {
    if (!topic) return;
    const sign = whole.status === 'running' ? '● ' : whole.status === 'paused' ? '❙❙ ' : '';
    document.title = `${sign}${stateInWords(whole)[0]} · ${shortened(topic, 60)} – Synod`;
  }, [topic, whole.status, whole.round, whole.verdict]);

  // A link to a part of the debate leads there once that part is known.
  useEffect(() => {
    if (arrived.current || !state.setup) return;
    const id = location.hash.slice(1);
    if (!/^[rsvxi]\d+$/.test(id)) arrived.current = true;
    else if (roundOf(state, id) !== null) {
      arrived.current = true;
      jump(id);
    }
  }, [state.seq]);
  useEffect(() => {
    const onHash = () => /^#[rsvxi]\d+$/.test(location.hash) && jump(location.hash.slice(1));
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  });
  useEffect(() => () => { opened.value = {}; replay?.pause(); }, []);

  const phases = phasesOf(state);
  useKeys({
    replay,
    step: (direction) => {
      const at = phases.indexOf(reading.id.peek());
      const next = at < 0 && direction < 0 ? undefined : phases[at + direction];
      if (next) jump(next);
    },
  });
  useReading(reading, phases.join());

  if (!state.setup) return html`<div class="debate opening"><${Bar} state=${state} seenAt=${() => 0} connection=${connection.value} /></div>`;

  /** @param {() => Promise<any>} load @param {(module: any) => void} then */
  const withModule = (load, then) =>
    load().then(then, () => say('This part of the page could not be loaded. Load the page again: the server may have been updated.'));
  const startReplay = () =>
    withModule(() => Promise.all([import('synod/debate/replay.js'), import('synod/debate/replay-bar.js')]), ([{ Replay }, { ReplayBar }]) => {
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
    : html`${commands && !isClosed && html`<${Controls} state=${state} commands=${commands} say=${say} />`}
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
      <${Stepper} state=${state} reading=${reading.id.value} onGo=${jump} />
      <div class="column">
        <${Question} state=${state} />
        ${isClosed && html`<${Verdict} state=${state} />`}
        ${isClosed && html`<h2 class="heading">The debate</h2>`}
        ${state.status === 'initialized' && html`<p class="note">The debate has not started.</p>`}
        <${Rounds} state=${state} />
        ${state.status === 'paused' && html`<p class="paused-note caution"><b>${pauseInWords(state.pause ?? {})}.</b> ${commands ? afterPause(state.pause) : ''}</p>`}
        <${Floor} state=${state} scene=${scene} fetchHosts=${replay ? undefined : fetchHosts} />
        <${Follow} key=${replay ? 'replay' : 'live'} active=${!isClosed && (replay ? replay.playing.value : true)} isOver=${isClosed} said=${saidIn(state)} start=${!location.hash} />
      </div>
      <aside class="side" aria-label="Votes and cost" tabindex="0">
        ${!isClosed && html`<${Seats} state=${state} />`}
        <${Matrix} state=${state} />
        <${Costs} state=${state} />
      </aside>
    </div>
    ${replay && html`<${more.ReplayBar} replay=${replay} onClose=${endReplay} />`}
    <${Announcer} store=${store} />
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
function Question({ state }) {
  const { config, judge, moderator } = state.setup;
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  // The line above says the question while its heading is out of sight.
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => document.documentElement.classList.toggle('past-question', entry?.isIntersecting === false), { rootMargin: '-56px 0px 0px 0px' });
    if (heading.current) observer.observe(heading.current);
    return () => {
      observer.disconnect();
      document.documentElement.classList.remove('past-question');
    };
  }, []);
  const context = printable(config.problem_statement).trim();
  const closed = state.status === 'closed';
  return html`<header class=${closed ? 'question asked' : 'question'}>
    <h1 tabindex="-1" ref=${heading}><bdi dir="auto">${onOneLine(config.debate_topic)}</bdi></h1>
    ${!closed && html`<p class="lede">${rulesLine(state)}</p>`}
    ${(context || judge || moderator) &&
    html`<details class="context">
      <summary>${context ? 'Context given to all' : 'Who else takes part'}</summary>
      ${context && html`<p class="as-written" dir="auto">${context}</p>`}
      ${moderator && html`<p class="small soft">Moderator: ${nameOf(state, moderator.agent_id)} (${onOneLine(moderator.model)})</p>`}
      ${judge && html`<p class="small soft">Judge of a tie: ${nameOf(state, judge.agent_id)} (${onOneLine(judge.model)})</p>`}
    </details>`}
  </header>`;
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

/** Finished statements, counts and the verdict, for screen readers. @param {{ store: import('synod/debate/store.js').Store }} props */
function Announcer({ store }) {
  const state = store.state.value;
  const seen = useRef(0);
  const [lines, setLines] = useState(/** @type {Array<{ seq: number, text: string }>} */ ([]));
  useEffect(() => {
    // The state may have moved on since this was drawn.
    const now = store.state.peek();
    const fresh = [];
    for (let i = store.events.length - 1; i >= 0 && store.events[i].seq > seen.current; i -= 1) fresh.unshift(store.events[i]);
    seen.current = now.seq;
    if (!store.isLive()) return;
    const spoken = fresh.map((event) => ({ seq: event.seq, text: spokenLine(now, event) })).filter(({ text }) => text);
    if (spoken.length) setLines([...lines, ...spoken].slice(-3));
  }, [state.seq]);
  return html`<div class="visually-hidden" aria-live="polite" aria-relevant="additions">${lines.map((line) => html`<p key=${line.seq}>${line.text}</p>`)}</div>`;
}

/** @param {any} state @param {any} event */
function spokenLine(state, event) {
  const { data } = event;
  if (event.type === 'turn_ended') {
    const quiet = silence(data);
    return `${nameOf(state, data.agent_id)}${quiet ? ` ${quiet}` : `, statement ${data.turn}: ${printable(data.text)}`}`;
  }
  if (event.type === 'interjected') return `${onOneLine(data.author ?? 'A person')}: ${printable(data.text)}`;
  if (event.type === 'round_closed') return `${data.round === 0 ? 'The blind vote' : `The vote of round ${data.round}`} is counted.`;
  if (event.type === 'debate_paused') return pauseInWords(data);
  if (event.type === 'debate_resumed') return 'Resumed.';
  if (event.type === 'debate_closed') return `The debate has ended. ${kindLine(state)}. ${data.answer ? onOneLine(data.answer.text) : ''}`;
  return '';
}

/** How much has been said. @param {any} state */
function saidIn(state) {
  return state.rounds.reduce((/** @type {number} */ sum, /** @type {any} */ round) => sum + round.entries.filter((/** @type {any} */ entry) => entry.kind === 'turn' || entry.kind === 'interjection').length, 0);
}

/** The round that a part of the page belongs to; null if it is not known. @param {any} state @param {string} id */
function roundOf(state, id) {
  const number = Number(id.slice(1));
  if (/^[rvx]/.test(id)) return state.rounds.some((/** @type {any} */ round) => round.round === number) ? number : null;
  const has = (/** @type {any} */ round) => round.entries.some((/** @type {any} */ entry) => (id[0] === 's' ? entry.kind === 'turn' && entry.data.turn === number : entry.seq === number));
  return state.rounds.find(has)?.round ?? null;
}

/** The arrow keys step through the rounds and phases, or through the replay. @param {{ replay: Replay | null, step: (direction: 1 | -1) => void }} props */
function useKeys({ replay, step }) {
  useEffect(() => {
    const onKey = (/** @type {KeyboardEvent} */ event) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (event.target instanceof Element && event.target.closest('input, textarea, select, dialog, .scroll')) return;
      if (event.key === ' ' && replay && event.target === document.body) {
        event.preventDefault();
        if (replay.playing.peek()) replay.pause();
        else replay.play();
      }
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      event.preventDefault();
      const direction = event.key === 'ArrowRight' ? 1 : -1;
      if (replay) replay.step(direction);
      else step(direction);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}

/** The phase at the top of the window. @param {{ id: import('@preact/signals').Signal<string>, until: number }} reading @param {string} phases */
function useReading(reading, phases) {
  useEffect(() => {
    /** @type {Set<Element>} */
    const seen = new Set();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) seen[entry.isIntersecting ? 'add' : 'delete'](entry.target);
        // After a jump the reader is where the jump led, whatever else is near.
        if (performance.now() < reading.until || seen.size === 0) return;
        const inner = [...seen].reduce((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? b : a));
        reading.id.value = inner.id;
      },
      { rootMargin: '-110px 0px -70% 0px' },
    );
    for (const part of document.querySelectorAll('.column :is(.round, .vote, .run-off)')) observer.observe(part);
    return () => observer.disconnect();
  }, [phases]);
}
