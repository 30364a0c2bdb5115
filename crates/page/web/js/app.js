// The page: leads an address to its view, gives it a title and the focus, and says what is wrong.

import { signal } from '@preact/signals';
import { render } from 'preact';
import { useEffect, useErrorBoundary } from 'preact/hooks';
import { api } from 'synod/api.js';
import { DebatePage } from 'synod/debate/page.js';
import { ListView } from 'synod/list/view.js';
import { PanelView } from 'synod/panel/view.js';
import { html } from 'synod/parts/html.js';
import { address, listen } from 'synod/parts/navigate.js';
import { onOneLine } from 'synod/parts/text.js';
import { StartView } from 'synod/start/view.js';

/** What the page needs to know of the server. @type {import('@preact/signals').Signal<any>} */
const info = signal(null);
/** Whether the server is another version than the one that this page came from. */
const isOutdated = signal(false);

/**
 * @typedef {object} Route
 * @property {string} name
 * @property {string} title
 * @property {any} View the component
 * @property {Record<string, string>} [params] of the view
 */

/** @param {string} path @returns {Route | null} */
export function route(path) {
  const [first, second, ...rest] = path.split('/');
  if (path === '') return { name: 'start', title: 'Ask', View: StartView };
  if (path === 'd') return { name: 'list', title: 'Debates', View: ListView };
  if (path === 'panel') return { name: 'panel', title: 'Panel', View: PanelView };
  if (second && rest.length === 0 && first === 'd') return { name: 'debate', title: 'Debate', View: DebatePage, params: { id: decoded(second) } };
  if (second && rest.length === 0 && first === 'share') return { name: 'share', title: 'Debate', View: DebatePage, params: { token: decoded(second) } };
  return null;
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
  const [broken, mend] = useErrorBoundary((error) => console.error(error));
  useEffect(() => {
    document.title = `${found ? found.title : 'Not found'} – Synod`;
  }, [path]);
  useEffect(() => {
    mend();
    if (visit === 0) return;
    readInfo();
    // After a navigation the focus is at the beginning of the new view, as after the load of a page.
    if (!location.hash) scrollTo(0, 0);
    const first = document.querySelector('main h1') ?? document.querySelector('main');
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  }, [path, visit]);
  const isShared = found?.name === 'share';
  return html`
    <a class="skip button" href=${`${location.pathname}${location.search}#main`}>Skip to the content</a>
    ${isShared ? html`<header class="site"><span class="brand">Synod</span></header>` : html`<${SiteHeader} at=${found?.name ?? ''} />`}
    ${isOutdated.value && html`<${Outdated} />`}
    <main id="main" tabindex="-1" class=${found?.name ?? 'missing'}>
      ${broken
        ? html`<${Broken} error=${broken} />`
        : found
          ? html`<${found.View} key=${path} ...${found.params} query=${query} info=${info.value} Problem=${Problem} />`
          : html`<${Missing} />`}
    </main>
    ${!isShared && html`<${SiteFooter} />`}
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
  if (problem.status === 404 || problem.status === 422) return what === 'shared debate' ? 'This link no longer works' : `No such ${what}`;
  if (problem.status === 401) return 'A key is needed';
  if (problem.status === 0) return 'The server does not answer';
  return onOneLine(problem.title ?? 'That did not work');
}

/** @param {any} problem @param {string} what */
function explanation(problem, what) {
  if (problem.status === 404 || problem.status === 422) {
    return what === 'shared debate'
      ? `${onOneLine(problem.detail)}. Ask whoever sent it for a new one.`
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

function Outdated() {
  return html`<p class="outdated" role="status">
    <span>The server was updated since this page was opened.</span> <button type="button" onClick=${() => location.reload()}>Load the page again</button>
  </p>`;
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

/** Reads what the page needs to know of the server. */
async function readInfo() {
  try {
    const answer = await api.get('api/v1/page');
    isOutdated.value = info.peek() !== null && answer.version !== info.peek().version;
    if (!isOutdated.value) info.value = answer;
  } catch {
    // The views say what they cannot read.
  }
}

if (typeof document !== 'undefined') {
  listen();
  readInfo();
  const root = document.getElementById('app');
  if (root) render(html`<${App} />`, root);
}
