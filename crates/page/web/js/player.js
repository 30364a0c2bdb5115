// The entry of an exported debate: the same views over the log in this file, without a server.

import { signal } from '@preact/signals';
import { render } from 'preact';
import { html } from 'synod/parts/html.js';
import { listen } from 'synod/parts/navigate.js';
import { Store } from 'synod/debate/store.js';
import { DebateView } from 'synod/debate/view.js';

function Player() {
  /** @type {any[]} */
  let events = [];
  try {
    events = JSON.parse(document.getElementById('synod-log')?.textContent ?? '[]');
  } catch (error) {
    console.error(error);
  }
  if (!Array.isArray(events) || events.length === 0) {
    return html`<main class="message">
      <h1>There is no debate in this file</h1>
      <p>It may have been cut while it was copied. Export the debate once more.</p>
    </main>`;
  }
  const store = new Store();
  store.load(events);
  return html`<a class="skip button" href="#main">Skip to the content</a>
    <main id="main" tabindex="-1" class="debate"><${DebateView} store=${store} connection=${signal('ended')} /></main>
    <footer class="foot"><p><span>A debate exported from Synod. This file needs no server and loads nothing.</span></p></footer>`;
}

const root = document.getElementById('app');
listen();
if (root) render(html`<${Player} />`, root);
