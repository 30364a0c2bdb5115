// A modal dialog: focus goes in, stays in, and comes back (by the browser).

import { useEffect, useId, useRef } from 'preact/hooks';
import { html } from 'synod/parts/html.js';

/**
 * @param {{ title: string, onClose: () => void, children?: any }} props shown as long as it is in the tree
 */
export function Dialog({ title, onClose, children }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return html`<dialog
    class="dialog"
    ref=${ref}
    aria-labelledby=${id}
    onCancel=${(/** @type {Event} */ event) => {
      event.preventDefault();
      onClose();
    }}
    onClick=${(/** @type {MouseEvent} */ event) => event.target === ref.current && onClose()}
  >
    <h2 id=${id}>${title}</h2>
    ${children}
  </dialog>`;
}
