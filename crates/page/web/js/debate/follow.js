// Following what is being said: the page stays at its end until the reader scrolls away, and then says how
// much is new.

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { html } from 'synod/parts/html.js';

/** How near to the end counts as at the end, in pixels. */
const NEAR = 120;

/**
 * @param {{ active: boolean, said: number, start: boolean }} props `said` counts what was said; `start`:
 *   whether the page begins at the end
 */
export function Follow({ active, said, start }) {
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  const here = useRef({ following: signal(start), seen: signal(said), last: 0 }).current;
  const { following, seen } = here;

  const isAtEnd = () => {
    const at = end.current?.getBoundingClientRect().top ?? 0;
    return at <= innerHeight + NEAR;
  };
  const toEnd = (/** @type {ScrollBehavior} */ behavior = 'auto') => {
    const at = end.current?.getBoundingClientRect().bottom ?? 0;
    const below = at - (innerHeight - 110);
    if (below > 0) scrollBy({ top: below, behavior });
  };

  useEffect(() => {
    if (!active) return undefined;
    here.last = scrollY;
    const onScroll = () => {
      if (scrollY < here.last - 2 && !isAtEnd()) following.value = false;
      else if (isAtEnd()) following.value = true;
      here.last = scrollY;
    };
    const grown = new ResizeObserver(() => {
      if (following.peek() && document.activeElement?.closest?.('dialog') == null) toEnd();
    });
    const column = end.current?.parentElement;
    if (column) grown.observe(column);
    addEventListener('scroll', onScroll, { passive: true });
    if (following.peek()) toEnd();
    return () => {
      removeEventListener('scroll', onScroll);
      grown.disconnect();
    };
  }, [active]);

  if (following.value) seen.value = said;
  const fresh = said - seen.value;
  return html`<div class="end" ref=${end}>
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
