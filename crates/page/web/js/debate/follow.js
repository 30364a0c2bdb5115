// Following what is being said: the page stays at its end until the reader scrolls away, and then says how
// much is new.

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { html } from 'synod/parts/html.js';

/** How near to the end counts as at the end, in pixels. */
const NEAR = 120;
/** What a reader does before a page scrolls. */
const ACTS = ['wheel', 'touchmove', 'keydown', 'pointerdown'];
/** How long the first drawing of a debate takes, at most. */
const SETTLING_MS = 1_200;

/**
 * @param {{ active: boolean, isOver: boolean, said: number, start: boolean }} props `said` counts what was said; `start`:
 *   whether the page begins at the end
 */
export function Follow({ active, isOver, said, start }) {
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  const here = useRef({ following: signal(start), seen: signal(said), unseen: signal(false), last: 0, began: performance.now() }).current;
  const { following, seen, unseen } = here;

  const isAtEnd = () => {
    const at = end.current?.getBoundingClientRect().top ?? 0;
    return at <= innerHeight + NEAR;
  };
  const toEnd = (/** @type {ScrollBehavior} */ behavior = 'auto') => {
    const at = end.current?.getBoundingClientRect().bottom ?? 0;
    const below = at - (innerHeight - 110);
    // What was not drawn yet has an estimated height: the page may have been scrolled too far at first.
    const isSettling = performance.now() - here.began < SETTLING_MS;
    if (below > 0 || (isSettling && below < -40)) scrollBy({ top: below, behavior });
  };

  useEffect(() => {
    if (!active) return undefined;
    here.last = scrollY;
    let [actedAt, resizedAt] = [-Infinity, -Infinity];
    const onAct = () => (actedAt = performance.now());
    const onScroll = () => {
      // What changes its height can be scrolled by the browser: only the reader ends the following.
      const now = performance.now();
      const isReader = now - actedAt < 1_000 || now - resizedAt > 300;
      if (isAtEnd()) following.value = true;
      else if (scrollY < here.last - 2 && isReader) following.value = false;
      here.last = scrollY;
    };
    const grown = new ResizeObserver(() => {
      resizedAt = performance.now();
      if (following.peek() && document.activeElement?.closest?.('dialog') == null) toEnd();
    });
    const column = end.current?.parentElement;
    if (column) grown.observe(column);
    addEventListener('scroll', onScroll, { passive: true });
    for (const act of ACTS) addEventListener(act, onAct, { passive: true });
    if (following.peek()) toEnd();
    return () => {
      removeEventListener('scroll', onScroll);
      for (const act of ACTS) removeEventListener(act, onAct);
      grown.disconnect();
    };
  }, [active]);

  // A debate that ends while it is followed shows its verdict, which is above.
  const wasActive = useRef(active);
  useEffect(() => {
    if (wasActive.current && !active && isOver) {
      const verdict = document.querySelector('.verdict');
      const { top = 0, bottom = 0 } = verdict?.getBoundingClientRect() ?? {};
      if (following.peek()) scrollTo({ top: 0 });
      else if (verdict && (bottom < 160 || top > innerHeight - 160)) {
        unseen.value = true;
        const seenAgain = new IntersectionObserver(([entry]) => {
          if (!entry?.isIntersecting) return;
          unseen.value = false;
          seenAgain.disconnect();
        });
        seenAgain.observe(verdict);
      }
    }
    wasActive.current = active;
  }, [active, isOver]);

  if (following.value) seen.value = said;
  const fresh = said - seen.value;
  return html`<div class="end" ref=${end}>
    ${isOver &&
    unseen.value &&
    html`<button
      type="button"
      class="follow primary"
      onClick=${() => {
        unseen.value = false;
        document.querySelector('.verdict')?.scrollIntoView({ block: 'start' });
      }}
    >
      The verdict is in <span aria-hidden="true">↑</span>
    </button>`}
    ${active &&
    !following.value &&
    html`<button
      type="button"
      class="follow"
      onClick=${() => {
        following.value = true;
        const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
        toEnd(calm ? 'auto' : 'smooth');
      }}
    >
      ${fresh > 0 ? `${fresh} new` : 'To what is being said'} <span aria-hidden="true">↓</span>
    </button>`}
  </div>`;
}
