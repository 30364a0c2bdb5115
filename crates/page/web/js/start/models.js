// Which models were found, and what to do if there is none.

import { useSignal } from '@preact/signals';

import { html } from 'synod/parts/html.js';
import { Text } from 'synod/parts/text.js';
import { counted, listed } from 'synod/parts/time.js';
import { size } from 'synod/start/words.js';

/** So many models are listed before the rest is counted. */
const LISTED = 6;

/**
 * @typedef {object} Found
 * @property {any[] | undefined} models
 * @property {any[] | undefined} hosts
 * @property {any[] | undefined} agents
 * @property {any} page
 */

/**
 * What keeps a debate from starting, in the order in which a person would mend it.
 *
 * @param {Found} found
 * @returns {'hosts' | 'models' | 'agents' | 'demo' | null}
 */
export function shortageOf({ models, hosts, agents }) {
  if (!models) return null;
  const chat = models.filter(({ chats }) => chats);
  if (chat.length === 0) {
    if (!hosts) return null;
    return hosts.some(isServing) || models.length > 0 ? 'models' : 'hosts';
  }
  if (agents && agents.length < 2) return 'agents';
  return chat.every(({ demo }) => demo) ? 'demo' : null;
}

/** Whether a host takes calls, now or once a model is loaded. @param {{ state: string }} host */
export const isServing = ({ state }) => state !== 'away' && state !== 'refusing';

/** @param {Found} found */
export function Shortage(found) {
  const { hosts = [], agents = [], page } = found;
  const hint = page?.pull_hint;
  const kind = shortageOf(found);
  if (kind === 'hosts') {
    return html`
      <section class="card shortage blocking" aria-labelledby="shortage">
        <h2 id="shortage" tabindex="-1">No model host answers</h2>
        ${hosts.map(
          ({ name, state, detail }) => html`<p key=${name}><b><${Text}>${name}<//></b> is ${state}${detail ? html`: <${Text}>${detail}<//>` : ''}</p>`,
        )}
        <p>Start Ollama, and get a model. This page notices by itself.</p>
        <${Command} text="ollama serve" />
        ${hint && html`<${Command} text=${hint} />`}
        <p class="small">Another address is set with <code>OLLAMA_HOST</code> or a table <code>[hosts.NAME]</code> in <code>synod.toml</code>. To check each host,
          run <code>synod doctor</code>. <a href="panel">Hosts</a></p>
      </section>
    `;
  }
  if (kind === 'models') {
    return html`
      <section class="card shortage blocking" aria-labelledby="shortage">
        <h2 id="shortage" tabindex="-1">No model can debate yet</h2>
        <p>The host answers, but has no model that chats. Get one, and this page notices by itself.</p>
        <${Command} text=${hint ?? 'ollama pull llama3.2'} />
      </section>
    `;
  }
  if (kind === 'agents') {
    return html`
      <section class="card shortage blocking" aria-labelledby="shortage">
        <h2 id="shortage" tabindex="-1">${agents.length === 1 ? 'One agent cannot debate' : 'There are no agents'}</h2>
        <p>A debate needs two speakers or more. <a href="panel">Add an agent</a>: a name and a sentence on who it is are enough.</p>
      </section>
    `;
  }
  if (kind === 'demo') {
    return html`
      <section class="card shortage" aria-labelledby="shortage">
        <h2 id="shortage" tabindex="-1">Only the demo model is here</h2>
        <p>It shows how a debate goes; its votes are little more than chance. For answers worth reading, get a model:</p>
        <${Command} text=${hint ?? 'ollama pull llama3.2'} />
      </section>
    `;
  }
  return null;
}

/** @param {Found} found */
export function Models({ models, page }) {
  if (!models) return null;
  const chat = models.filter(({ chats }) => chats);
  if (!chat.length) return null;
  const sorted = [...chat].sort((a, b) => Number(b.loaded) - Number(a.loaded) || (b.size ?? 0) - (a.size ?? 0));
  const hosts = new Set(chat.map(({ host }) => host));
  const others = models.filter(({ chats }) => !chats).length;
  return html`
    <section class="aside-part" aria-labelledby="models">
      <h2 id="models">Models found</h2>
      <ul class="models">
        ${sorted.slice(0, LISTED).map(
          (model) => html`
            <li key=${`${model.host}/${model.name}`}>
              <span class="clip"><${Text}>${model.name}<//></span>
              <span class="soft small nowrap">${factsOf(model, hosts.size > 1)}</span>
            </li>
          `,
        )}
      </ul>
      <p class="hint">
        ${sorted.length > LISTED && `${sorted.length - LISTED} more. `}
        ${others > 0 && `${counted(others, 'model')} for other purposes. `}
        <a href="panel#hosts">Models and hosts</a>
      </p>
      ${page?.pull_hint && !chat.every(({ demo }) => demo) && html`<p class="hint">To get another:</p><${Command} text=${page.pull_hint} />`}
    </section>
  `;
}

/** @param {any} model @param {boolean} named whether the host is named */
function factsOf(model, named) {
  const facts = [];
  if (named) facts.push(model.host);
  if (model.demo) facts.push('demo');
  if (model.size) facts.push(size(model.size));
  facts.push(model.loaded ? 'loaded' : '');
  return facts.filter(Boolean).join(' · ');
}

/**
 * A command to copy.
 *
 * @param {{ text: string }} props
 */
export function Command({ text }) {
  const copied = useSignal(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return; // Not allowed here, as over plain http: the text can be selected.
    }
    copied.value = true;
    setTimeout(() => (copied.value = false), 2000);
  };
  const canCopy = Boolean(navigator.clipboard);
  return html`
    <div class="command">
      <code tabindex="0" role="group" aria-label="Command">${text}</code>
      ${canCopy &&
      html`<button type="button" class="quiet" onClick=${copy} aria-label=${`Copy ${text}`}>
        <span aria-live="polite">${copied.value ? 'Copied' : 'Copy'}</span>
      </button>`}
    </div>
  `;
}

/** Hosts that do not answer beside others that do. @param {{ hosts: any[] | undefined }} props */
export function AwayHosts({ hosts = [] }) {
  const away = hosts.filter((host) => !isServing(host));
  if (!away.length || away.length === hosts.length) return null;
  const names = listed(away.map(({ name }) => name));
  return html`<p class="caution small"><b>${names} ${away.length === 1 ? 'does' : 'do'} not serve now.</b> <a href="panel#hosts">See why</a></p>`;
}
