// Search and filter of the list. They are in the address, so that a reload and a link keep them.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { html } from 'synod/parts/html.js';

/** The search waits for this long after the last key. */
const SEARCH_PAUSE_MS = 250;

/** @type {[string, string][]} */
const FILTERS = [
  ['', 'All'],
  ['running', 'Running'],
  ['paused', 'Paused'],
  ['completed', 'Ended'],
  ['stopped', 'Stopped'],
  ['failed', 'Failed'],
];

/**
 * @typedef {object} Filter
 * @property {string} search
 * @property {string} status `` is any
 * @property {(wanted: { search?: string, status?: string }) => void} show
 */

/** @param {string} status */
export const filterName = (status) => FILTERS.find(([value]) => value === status)?.[1].toLowerCase() ?? status;

/**
 * The filter that the address says. A change of it is no navigation: the focus stays.
 *
 * @param {URLSearchParams} query
 * @returns {Filter}
 */
export function useFilter(query) {
  const filter = useSignal(readFrom(query));
  useEffect(() => {
    filter.value = readFrom(query);
  }, [query]);
  /** @type {Filter['show']} */
  const show = (wanted) => {
    filter.value = { ...filter.value, ...wanted };
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(filter.value)) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    history.replaceState(history.state, '', url);
  };
  return { ...filter.value, show };
}

/** @param {URLSearchParams} query */
function readFrom(query) {
  const status = query.get('status') ?? '';
  return { search: query.get('search') ?? '', status: FILTERS.some(([value]) => value === status) ? status : '' };
}

/** @param {Filter} props */
export function Filters({ search, status, show }) {
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const typed = useSignal(search);
  /** What was searched for last: more may have been typed since. */
  const searched = useRef(search);
  const find = () => {
    clearTimeout(timer.current);
    searched.current = typed.value.trim();
    show({ search: searched.current });
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (search === searched.current) return;
    searched.current = search;
    typed.value = search;
  }, [search]);
  return html`
    <form
      class="filters"
      role="search"
      aria-label="Debates"
      onSubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        find();
      }}
    >
      <input
        type="search"
        aria-label="Search the questions"
        placeholder="Search the questions"
        dir="auto"
        maxlength="1000"
        value=${typed.value}
        onInput=${(/** @type {Event} */ event) => {
          typed.value = /** @type {HTMLInputElement} */ (event.currentTarget).value;
          clearTimeout(timer.current);
          timer.current = setTimeout(find, SEARCH_PAUSE_MS);
        }}
      />
      <fieldset class="tabs">
        <legend class="visually-hidden">Status</legend>
        ${FILTERS.map(
          ([value, label]) => html`<label key=${value}>
            <input type="radio" name="status" value=${value} checked=${status === value} onChange=${() => show({ status: value })} />
            ${label}
          </label>`,
        )}
      </fieldset>
    </form>
  `;
}
