// A button that opens a short list of commands.

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { html } from 'synod/parts/html.js';

/**
 * @param {{ label: any, items: Array<{ text: string, detail?: string, run: () => void } | null | false>, class?: string }} props
 */
export function Menu({ label, items, class: kind }) {
  const [open, setOpen] = useState(false);
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    if (!open) return undefined;
    /** @type {HTMLElement | null | undefined} */ (ref.current?.querySelector('li button'))?.focus();
    const outside = (/** @type {Event} */ event) => {
      if (!(event.target instanceof Node && ref.current?.contains(event.target))) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [open]);
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key === 'Escape' && open) {
      setOpen(false);
      ref.current?.querySelector('button')?.focus();
      event.stopPropagation();
    }
    if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      const all = [...(ref.current?.querySelectorAll('li button') ?? [])];
      const at = all.indexOf(/** @type {Element} */ (document.activeElement));
      const next = all[(at + (event.key === 'ArrowDown' ? 1 : all.length - 1)) % all.length];
      if (next instanceof HTMLElement) next.focus();
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return html`<div class="menu" ref=${ref} onKeyDown=${onKey}>
    <button type="button" class=${kind ?? ''} aria-expanded=${open} aria-controls=${id} onClick=${() => setOpen(!open)}>${label}</button>
    <ul id=${id} hidden=${!open}>
      ${items.map(
        (item) =>
          item &&
          html`<li key=${item.text}>
            <button
              type="button"
              onClick=${() => {
                setOpen(false);
                ref.current?.querySelector('button')?.focus();
                item.run();
              }}
            >
              <span>${item.text}${item.detail && html`<small>${item.detail}</small>`}</span>
            </button>
          </li>`,
      )}
    </ul>
  </div>`;
}
