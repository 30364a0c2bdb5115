// The question, its answers and its context.

import { useLayoutEffect, useRef } from 'preact/hooks';

import { html } from 'synod/parts/html.js';
import { counted } from 'synod/parts/time.js';
import { MAX_OPTIONS, QUESTION_BYTES, bytesOf, tooLong } from 'synod/start/draft.js';
import { EXAMPLES } from 'synod/start/examples.js';
import { Field, FieldError, described } from 'synod/start/field.js';

/** A question of more characters is set in smaller letters. */
const LONG_DRAFT = 220;
/** From so many bytes on, the form shows how many are left. */
const COUNTED_FROM = QUESTION_BYTES - 600;

/**
 * @typedef {object} PartProps
 * @property {import('synod/start/draft.js').Draft} draft
 * @property {Record<string, string>} errors by field
 * @property {(changes: Partial<import('synod/start/draft.js').Draft>) => void} change
 * @property {(field: string) => void} touch called when the reader leaves a field
 */

/** @param {PartProps & { onSubmit: () => void, hasExamples: boolean }} props */
export function QuestionField({ draft, errors, change, touch, onSubmit, hasExamples }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const left = QUESTION_BYTES - bytesOf(draft.question.trim());
  useFittingHeight(area, draft.question);
  const error = left < 0 ? `The question is ${counted(-left, 'byte')} too long.` : errors.question;
  return html`
    <div class="ask-question">
      <h1 tabindex="-1"><label for="question">What is the question?</label></h1>
      <textarea
        ...${described('question', { hint: left < QUESTION_BYTES - COUNTED_FROM, error })}
        ref=${area}
        name="question"
        class=${draft.question.length > LONG_DRAFT ? 'long' : ''}
        dir="auto"
        rows="2"
        required
        placeholder="Ask something on which people of good will disagree."
        value=${draft.question}
        onInput=${(/** @type {InputEvent} */ event) => change({ question: textOf(event) })}
        onBlur=${() => draft.question && touch('question')}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
          if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
          event.preventDefault();
          onSubmit();
        }}
      ></textarea>
      <${FieldError} id="question" error=${error} />
      ${left < QUESTION_BYTES - COUNTED_FROM &&
      html`<p class="hint" id="question-hint" aria-live="polite">
        ${left >= 0 ? `${counted(left, 'byte')} left of 4,096.` : 'At most 4,096 bytes.'}
      </p>`}
      ${hasExamples && !draft.question.trim() && html`<${Examples} change=${change} area=${area} />`}
    </div>
  `;
}

/**
 * @param {object} props
 * @param {PartProps['change']} props.change
 * @param {{ current: HTMLTextAreaElement | null }} props.area
 */
function Examples({ change, area }) {
  return html`
    <div class="examples">
      <p class="soft small" id="examples">For example</p>
      <ul aria-labelledby="examples">
        ${EXAMPLES.map(
          ({ question, options }) => html`
            <li key=${question}>
              <button
                type="button"
                class="example"
                onClick=${() => {
                  change({ question, closed: options.length > 0, options: options.length ? options : ['', ''] });
                  area.current?.focus();
                }}
              >
                ${question}
              </button>
            </li>
          `,
        )}
      </ul>
    </div>
  `;
}

/** @param {PartProps} props */
export function Answers({ draft, errors, change, touch }) {
  const { closed, options } = draft;
  /** @type {{ current: HTMLOListElement | null }} */
  const rows = useRef(null);
  const set = (/** @type {number} */ at, /** @type {string} */ text) =>
    change({ options: options.map((old, index) => (index === at ? text : old)) });
  const focus = (/** @type {number} */ at) =>
    requestAnimationFrame(() => rows.current?.querySelectorAll('input')[at]?.focus());
  const add = () => {
    change({ options: [...options, ''] });
    focus(options.length);
  };
  const remove = (/** @type {number} */ at) => {
    change({ options: options.filter((_, index) => index !== at) });
    focus(Math.max(0, at - 1));
  };
  return html`
    <fieldset class="answers" ...${errors.options ? { 'aria-describedby': 'options-error' } : {}}>
      <legend>Answers</legend>
      <div class="choices">
        <${Choice} name="answers" checked=${!closed} onChange=${() => change({ closed: false })}
          label="Open question" hint="The speakers propose the answers, and vote on them." />
        <${Choice} name="answers" checked=${closed} onChange=${() => change({ closed: true })}
          label="Listed options" hint="They vote on the answers that you list." />
      </div>
      ${closed &&
      html`
        <ol class="options" ref=${rows}>
          ${options.map((text, at) => {
            const id = `option-${at}`;
            const error = tooLong(text) || errors[`options.${at}`];
            return html`
              <li key=${at}>
                <label class="visually-hidden" for=${id}>Option ${at + 1}</label>
                <input
                  ...${described(id, { error })}
                  type="text"
                  dir="auto"
                  placeholder=${`Option ${at + 1}`}
                  value=${text}
                  onInput=${(/** @type {InputEvent} */ event) => set(at, textOf(event))}
                  onBlur=${() => touch(`options.${at}`)}
                  onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
                    if (event.key !== 'Enter' || event.isComposing || event.metaKey || event.ctrlKey) return;
                    event.preventDefault();
                    if (at + 1 < options.length) focus(at + 1);
                    else if (options.length < MAX_OPTIONS) add();
                  }}
                />
                ${options.length > 2 &&
                html`<button type="button" class="quiet icon" onClick=${() => remove(at)} aria-label=${`Remove option ${at + 1}`}>×</button>`}
                <${FieldError} id=${id} error=${error} />
              </li>
            `;
          })}
        </ol>
        <${FieldError} id="options" error=${errors.options} />
        ${options.length < MAX_OPTIONS
          ? html`<button type="button" class="quiet add" onClick=${add}>+ Add an option</button>`
          : html`<p class="hint">Six options are the most.</p>`}
      `}
    </fieldset>
  `;
}

/** @param {PartProps} props */
export function Context({ draft, errors, change, touch }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useFittingHeight(area, draft.context);
  return html`
    <${Field} id="context" label="Context for all speakers" error=${errors.context}
      hint="What they should know: facts, figures, a text to discuss. They read it with every call.">
      ${(/** @type {object} */ attributes) => html`
        <textarea
          ...${attributes}
          ref=${area}
          dir="auto"
          rows="3"
          value=${draft.context}
          onInput=${(/** @type {InputEvent} */ event) => change({ context: textOf(event) })}
          onBlur=${() => touch('context')}
        ></textarea>
      `}
    <//>
  `;
}

/**
 * A radio button with a sentence of its own.
 *
 * @param {{ name: string, label: string, hint: string, checked: boolean, onChange: () => void }} props
 */
export function Choice({ name, label, hint, checked, onChange }) {
  return html`
    <label class="choice">
      <input type="radio" name=${name} checked=${checked} onChange=${onChange} />
      <span><b>${label}</b><span class="hint">${hint}</span></span>
    </label>
  `;
}

/** @param {Event} event */
export const textOf = (event) =>
  /** @type {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} */ (event.currentTarget).value;

/**
 * Lets a text area grow with its text.
 *
 * @param {{ current: HTMLTextAreaElement | null }} area
 * @param {string} text
 */
function useFittingHeight(area, text) {
  useLayoutEffect(() => {
    const element = area.current;
    if (!element || CSS.supports('field-sizing', 'content')) return;
    element.style.blockSize = 'auto';
    element.style.blockSize = `${element.scrollHeight + 2}px`;
  }, [text]);
}
