// The page: leads an address to its view, gives it a title and the focus, and says what is wrong.

import { signal } from '@preact/signals';
import { render } from 'preact';
import { useEffect, useErrorBoundary, useState } from 'preact/hooks';
import { api } from 'synod/api.js';
import { openAhead, pathOf } from 'synod/debate/events.js';
import { html } from 'synod/parts/html.js';
import { address, listen } from 'synod/parts/navigate.js';
import { onOneLine } from 'synod/parts/text.js';

/** What the page needs to know of the server. @type {import('@preact/signals').Signal<any>} */
const info = signal(null);

/**
 * @typedef {object} Route
 * @property {string} name
 * @property {string} title
 * @property {() => Promise<any>} load returns the component of the view
 * @property {() => void} [begin] asks for what the view reads first
 * @property {Record<string, string>} params
 */

/** @param {string} path @returns {Route | null} */
export function route(path) {
  const [first, second, ...rest] = path.split('/');
  if (path === '') return { name: 'start', title: 'Ask', load: start, params: {} };
  if (path === 'd') return { name: 'list', title: 'Debates', load: list, params: {} };
  if (path === 'panel') return { name: 'panel', title: 'Panel', load: panel, params: {} };
  if (second && rest.length === 0 && first === 'd') return debateAt('debate', { id: decoded(second) });
  if (second && rest.length === 0 && first === 'share') return debateAt('share', { token: decoded(second) });
  return null;
}

/** @param {string} name @param {Record<string, string>} params @returns {Route} */
const debateAt = (name, params) => ({ name, title: 'Debate', load: debate, begin: () => openAhead(pathOf(params)), params });

// A view brings its own modules and style sheets: what is not looked at is not loaded.
const start = () => loaded(import('synod/start/view.js').then((/** @type {any} */ m) => m.StartView ?? m.View), 'fields', 'start', 'list');
const list = () => loaded(import('synod/list/view.js').then((/** @type {any} */ m) => m.ListView ?? m.View), 'fields', 'list');
const panel = () => loaded(import('synod/panel/view.js').then((/** @type {any} */ m) => m.PanelView ?? m.View), 'fields', 'panel');
const debate = () => {
  // What these import is then asked for at once, and not level by level.
  for (const part of [import('synod/debate/view.js'), import('synod/debate/rounds.js')]) part.catch(() => {}); // It fails below.
  return loaded(import('synod/debate/page.js').then((m) => m.DebatePage), 'debate', 'verdict');
};

/** @param {Promise<any>} view @param {string[]} names of style sheets */
async function loaded(view, ...names) {
  const [View] = await Promise.all([view, ...names.map(styled)]);
  return View;
}

/** The style sheets that are loaded, or on their way. @type {Map<string, Promise<void>>} */
const sheets = new Map();

/** Loads a style sheet once. @param {string} name @returns {Promise<void>} */
function styled(name) {
  const known = sheets.get(name);
  if (known) return known;
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL(`../css/${name}.css`, import.meta.url).href;
  const ready = /** @type {Promise<void>} */ (new Promise((resolve, reject) => {
    link.onload = () => resolve(undefined);
    link.onerror = () => {
      link.remove();
      sheets.delete(name);
      reject(new Error(`${name}.css was not loaded`));
    };
  }));
  document.head.append(link);
  sheets.set(name, ready);
  return ready;
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // Not an encoding: the server answers that there is no such thing.
  }
}

function App() {
  const { path, query, visit } = address.value;
  const found = route(path);
  const [view, setView] = useState(/** @type {{ path: string, View: any } | null} */ (null));
  const [failed, setFailed] = useState(/** @type {any} */ (null));
  const [broken, mend] = useErrorBoundary((error) => console.error(error));
  useEffect(() => {
    mend();
    setFailed(null);
    if (!found) {
      document.title = 'Not found – Synod';
      return;
    }
    document.title = `${found.title} – Synod`;
    let isCurrent = true;
    if (view?.path !== path) found.begin?.();
    found.load().then(
      (View) => isCurrent && setView({ path, View }),
      (error) => isCurrent && setFailed(error),
    );
    return () => {
      isCurrent = false;
    };
  }, [path, visit]);

  useEffect(() => {
    // After a navigation the focus is at the beginning of the new view, as after the load of a page.
    if (visit > 0 && view) {
      if (!location.hash) scrollTo(0, 0);
      const first = document.querySelector('main h1') ?? document.querySelector('main');
      if (first instanceof HTMLElement) first.focus({ preventScroll: true });
    }
  }, [view]);

  const shown = view && view.path === path ? view.View : null;
  return html`
    <a class="skip button" href=${`${location.pathname}${location.search}#main`}>Skip to the content</a>
    ${found?.name === 'share' ? html`<header class="site"><span class="brand">Synod</span></header>` : html`<${SiteHeader} at=${found?.name ?? ''} />`}
    <main id="main" tabindex="-1" class=${found?.name ?? 'missing'}>
      ${broken
        ? html`<${Broken} error=${broken} />`
        : failed
          ? html`<${NotLoaded} />`
          : !found
            ? html`<${Missing} />`
            : shown && html`<${shown} key=${path} ...${found.params} query=${query} info=${info.value} Problem=${Problem} />`}
    </main>
    ${found?.name !== 'share' && html`<${SiteFooter} />`}
  `;
}

/** @param {{ at: string }} props */
function SiteHeader({ at }) {
  const link = (/** @type {string} */ name, /** @type {string} */ href, /** @type {string} */ text) =>
    html`<a href=${href} aria-current=${at === name ? 'page' : undefined}>${text}</a>`;
  return html`<header class="site">
    <a class="brand" href="./">Synod</a>
    <nav aria-label="Site">${link('start', './', 'Ask')} ${link('list', 'd', 'Debates')} ${link('panel', 'panel', 'Panel')}</nav>
  </header>`;
}

function SiteFooter() {
  const { version } = info.value ?? {};
  return html`<footer class="foot">
    <p><span>Synod${version ? ` ${version}` : ''}</span> <a href="docs">API</a> <a href="redoc">Reference</a> <a href="openapi.json">OpenAPI</a> <a href="metrics">Metrics</a></p>
  </footer>`;
}

/** What the server refused, in place of a view. @param {{ problem: any, what?: string, onRetry?: () => void }} props */
export function Problem({ problem, what = 'page', onRetry }) {
  useEffect(() => {
    document.title = `${titleOf(problem, what)} – Synod`;
  }, [problem]);
  const unlock = async () => {
    if (await api.unlock()) onRetry?.();
  };
  return html`<div class="message" role="alert">
    <h1 tabindex="-1">${titleOf(problem, what)}</h1>
    <p>${explanation(problem, what)}</p>
    <p class="actions">
      ${problem.status === 401
        ? html`<button type="button" class="primary" onClick=${unlock}>Enter the key</button>`
        : onRetry && problem.status !== 404 && html`<button type="button" class="primary" onClick=${onRetry}>Try again</button>`}
      ${what !== 'shared debate' && html`<a class="button" href="d">All debates</a> <a class="button" href="./">Ask a question</a>`}
    </p>
  </div>`;
}

/** @param {any} problem @param {string} what */
function titleOf(problem, what) {
  if (problem.status === 404 || problem.status === 422) return what === 'shared debate' ? 'This link leads nowhere' : `No such ${what}`;
  if (problem.status === 401) return 'A key is needed';
  if (problem.status === 0) return 'The server does not answer';
  return onOneLine(problem.title ?? 'That did not work');
}

/** @param {any} problem @param {string} what */
function explanation(problem, what) {
  if (problem.status === 404 || problem.status === 422) {
    return what === 'shared debate'
      ? 'It was revoked, or the debate was deleted, or a part of the link is missing. Ask whoever sent it for a new one.'
      : 'It was deleted, or the address is not complete.';
  }
  if (problem.status === 401) return 'This server asks for its API key. It is kept until this tab is closed.';
  if (problem.status === 0) return 'It may be restarting. This page tries again by itself; nothing is lost.';
  return onOneLine(problem.detail ?? problem.message);
}

function Missing() {
  return html`<div class="message">
    <h1 tabindex="-1">There is nothing here</h1>
    <p>The address is not one of this page.</p>
    <p class="actions"><a class="button primary" href="./">Ask a question</a> <a class="button" href="d">All debates</a></p>
  </div>`;
}

function NotLoaded() {
  return html`<div class="message" role="alert">
    <h1 tabindex="-1">This view could not be loaded</h1>
    <p>The connection was lost, or the server was updated since this page was opened.</p>
    <p class="actions"><button type="button" class="primary" onClick=${() => location.reload()}>Load the page again</button></p>
  </div>`;
}

/** @param {{ error: any }} props */
function Broken({ error }) {
  return html`<div class="message" role="alert">
    <h1 tabindex="-1">This page has a fault</h1>
    <p>What the server keeps is not affected. Loading the page again usually helps; if not, please report this line:</p>
    <p><code>${onOneLine(error?.message ?? error)}</code></p>
    <p class="actions"><button type="button" class="primary" onClick=${() => location.reload()}>Load the page again</button></p>
  </div>`;
}

if (typeof document !== 'undefined') {
  listen();
  // The first view is on its way before anything is drawn.
  const first = route(address.peek().path);
  first?.begin?.();
  first?.load().catch(() => {}); // It is loaded again where a failure is shown.
  api.get('api/v1/page').then(
    (answer) => (info.value = answer),
    () => {}, // An older server: nothing depends on it but what is optional.
  );
  const root = document.getElementById('app');
  if (root) render(html`<${App} />`, root);
}
