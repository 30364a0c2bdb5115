// Navigation within the page, by the History API. Paths are relative to the base URL of the document.

import { signal } from '@preact/signals';

/** The address that is shown, without its fragment. @type {import('@preact/signals').Signal<{ path: string, query: URLSearchParams, visit: number }>} */
export const address = signal(read(0));
/** The fragment of the address, without `#`. */
export const place = signal(typeof document === 'undefined' ? '' : location.hash.slice(1));

/** @param {number} visit counts the navigations: the same address twice is two visits */
function read(visit) {
  if (typeof document === 'undefined') return { path: '', query: new URLSearchParams(), visit };
  const base = new URL(document.baseURI).pathname;
  const { pathname, search } = location;
  const path = pathname.startsWith(base) ? pathname.slice(base.length) : pathname.slice(1);
  return { path: path.replace(/\/+$/, ''), query: new URLSearchParams(search), visit };
}

/** Leads to a path, as `d/ID` or `./?follow_up=ID`. @param {string} path @param {{ replace?: boolean }} [options] */
export function go(path, { replace = false } = {}) {
  const url = new URL(path.replace(/^\/+/, '') || './', document.baseURI);
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  arrive();
}

/** Changes the fragment, which is no visit. @param {string} hash without `#` @param {{ entry?: object }} [options] `entry`: the state of a new entry of the history */
export function setHash(hash, { entry } = {}) {
  const url = new URL(location.href);
  url.hash = hash;
  if (entry) history.pushState(entry, '', url);
  else history.replaceState(history.state, '', url);
  place.value = hash;
}

function arrive() {
  address.value = read(address.peek().visit + 1);
  place.value = location.hash.slice(1);
}

/** Follows the buttons of the browser, and links within a view: they change the fragment alone. */
function onPop() {
  const { path, query } = read(0);
  const now = address.peek();
  if (path !== now.path || query.toString() !== now.query.toString()) arrive();
  else place.value = location.hash.slice(1);
}

/** Follows the links of the page and the buttons of the browser. */
export function listen() {
  addEventListener('popstate', onPop);
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    const base = new URL(document.baseURI);
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) return;
    const path = url.pathname.slice(base.pathname.length);
    if (!isOurs(path)) return;
    const same = url.pathname === location.pathname && url.search === location.search;
    if (same && url.hash) return; // the browser scrolls there
    event.preventDefault();
    go(path + url.search + url.hash);
  });
}

/** Whether a path is a view of the page, and not of the API or a file. @param {string} path */
function isOurs(path) {
  return path === '' || path === 'd' || path === 'panel' || /^(d|share)\/[^/]+\/?$/.test(path);
}
