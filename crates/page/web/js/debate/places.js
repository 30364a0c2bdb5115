// The places of a debate that one can go to: by a link, by the stepper, by the arrow keys.

import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { setHash } from 'synod/parts/navigate.js';
import { openRound } from 'synod/debate/rounds.js';
import { phasesOf } from 'synod/debate/stepper.js';

/** The parts of the transcript that the stepper names. */
const PHASES = '.column :is(.round, .vote, .run-off)';
/** Ids of rounds, statements, votes, run-offs and interjections. */
const PLACE = /^[rsvxi]\d+$/;
/** For this long after a jump the reader is where it led, whatever else is near. */
const JUMP_MS = 800;

/**
 * Where the reader is, and how to go elsewhere.
 *
 * @param {any} state
 * @param {import('synod/debate/replay.js').Replay | null} replay the arrow keys step through it, if there is one
 * @param {boolean} isShown whether the debate is drawn
 */
export function usePlaces(state, replay, isShown) {
  const reading = useMemo(() => ({ id: signal(''), until: 0 }), []);
  const hasArrived = useRef(false);

  const jump = (/** @type {string} */ id) => {
    const round = roundOf(state, id);
    if (round !== null) openRound(round);
    if (/^[rvx]/.test(id)) reading.id.value = id;
    reading.until = performance.now() + JUMP_MS;
    // The round may have been folded: its content is there with the next frame.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const part = document.getElementById(id);
        if (!part) return;
        part.scrollIntoView({ block: 'start' });
        // What comes into view is drawn now, and may be higher or lower than it was estimated.
        requestAnimationFrame(() => part.scrollIntoView({ block: 'start' }));
        part.focus({ preventScroll: true });
        if (!replay) setHash(id); // The address of a replay is its moment.
      }),
    );
  };

  // A link to a part of the debate leads there once that part is known.
  useEffect(() => {
    if (hasArrived.current || !isShown) return;
    const id = location.hash.slice(1);
    if (PLACE.test(id) && roundOf(state, id) === null) return;
    hasArrived.current = true;
    if (PLACE.test(id)) jump(id);
  }, [state.seq, isShown]);
  useEffect(() => {
    const onHash = () => PLACE.test(location.hash.slice(1)) && jump(location.hash.slice(1));
    const onClick = (/** @type {MouseEvent} */ event) => {
      const link = replay && !event.defaultPrevented && event.target instanceof Element ? event.target.closest('a') : null;
      if (!link || link.pathname !== location.pathname || !PLACE.test(link.hash.slice(1))) return;
      event.preventDefault();
      jump(link.hash.slice(1));
    };
    addEventListener('hashchange', onHash);
    addEventListener('click', onClick);
    return () => {
      removeEventListener('hashchange', onHash);
      removeEventListener('click', onClick);
    };
  });

  const phases = isShown ? phasesOf(state) : [];
  useKeys({
    replay,
    step: (direction) => {
      const at = phases.indexOf(reading.id.peek());
      const next = at < 0 && direction < 0 ? undefined : phases[at + direction];
      if (next) jump(next);
    },
  });
  useReading(reading, phases.join());
  return { reading: reading.id.value, jump };
}

/** The round that a part of the page belongs to; null if it is not known. @param {any} state @param {string} id */
function roundOf(state, id) {
  const number = Number(id.slice(1));
  if (/^[rvx]/.test(id)) return state.rounds.some((/** @type {any} */ round) => round.round === number) ? number : null;
  const has = (/** @type {any} */ round) => round.entries.some((/** @type {any} */ entry) => (id[0] === 's' ? entry.kind === 'turn' && entry.data.turn === number : entry.seq === number));
  return state.rounds.find(has)?.round ?? null;
}

/** The arrow keys step through the rounds and phases, or through the replay. @param {{ replay: import('synod/debate/replay.js').Replay | null, step: (direction: 1 | -1) => void }} props */
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
    // Above the transcript the reader is at none of its parts; below it, still at the last.
    const leave = () => {
      if ((document.querySelector(PHASES)?.getBoundingClientRect().top ?? 0) > 0) reading.id.value = '';
    };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let left;
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) seen[entry.isIntersecting ? 'add' : 'delete'](entry.target);
        clearTimeout(left);
        if (seen.size === 0) left = setTimeout(leave, Math.max(0, reading.until - performance.now()));
        if (performance.now() < reading.until || seen.size === 0) return;
        const inner = [...seen].reduce((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? b : a));
        reading.id.value = inner.id;
      },
      { rootMargin: '-110px 0px -70% 0px' },
    );
    for (const part of document.querySelectorAll(PHASES)) observer.observe(part);
    return () => {
      clearTimeout(left);
      observer.disconnect();
    };
  }, [phases]);
}
