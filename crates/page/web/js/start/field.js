// A field with its label, hint and error, tied together for screen readers.

import { html } from 'synod/parts/html.js';

/**
 * @typedef {object} FieldProps
 * @property {string} id
 * @property {string} label
 * @property {string} [hint]
 * @property {string} [error]
 * @property {string} [unit] written after the control
 * @property {string} [class]
 * @property {(described: Described) => unknown} children draws the control
 *
 * @typedef {object} Described attributes for the control
 * @property {string} id
 * @property {string | undefined} aria-describedby
 * @property {'true' | undefined} aria-invalid
 */

/** @param {FieldProps} props */
export function Field({ id, label, hint, error, unit, class: classes = '', children }) {
  return html`
    <div class=${`field ${classes}`}>
      <label for=${id}>${label}</label>
      <div class="field-control">
        ${children(described(id, { hint, error }))} ${unit && html`<span class="soft">${unit}</span>`}
      </div>
      ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
      <${FieldError} id=${id} error=${error} />
    </div>
  `;
}

/** @param {{ id: string, error?: string }} props */
export function FieldError({ id, error }) {
  return error && html`<p class="field-error" id=${`${id}-error`}>${error}</p>`;
}

/**
 * @param {string} id
 * @param {{ hint?: unknown, error?: string }} texts
 * @returns {Described}
 */
export function described(id, { hint, error }) {
  const ids = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean);
  return {
    id,
    'aria-describedby': ids.length ? ids.join(' ') : undefined,
    'aria-invalid': error ? 'true' : undefined,
  };
}
