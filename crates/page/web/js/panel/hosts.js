// Hosts with their models: what they do now, and what they have in memory.

import { html } from 'synod/parts/html.js';
import { Text } from 'synod/parts/text.js';
import { isServing } from 'synod/start/models.js';
import { size } from 'synod/start/words.js';

/** @type {Record<string, string>} */
const HOST_STATES = { ready: 'Ready', loading: 'Loading a model', away: 'Away', refusing: 'Refuses calls', resting: 'Resting' };
/** @type {Record<string, string>} */
const KINDS = { ollama: 'Ollama', openai: 'OpenAI protocol', embedded: 'built in' };

/**
 * @param {object} props
 * @param {any[] | undefined} props.hosts undefined if the server does not list them
 * @param {any[] | undefined} props.models
 */
export function Hosts({ hosts, models }) {
  if (!hosts && !models) return null;
  const known = hosts ?? [...new Set(models?.map(({ host }) => host))].map((name) => ({ name }));
  return html`
    <div class="hosts">
      ${known.map((host) => html`
        <${Host} key=${host.name} host=${host} models=${models?.filter((model) => model.host === host.name) ?? []} />
      `)}
    </div>
  `;
}

/** @param {{ host: any, models: any[] }} props */
function Host({ host, models }) {
  const id = `host-${host.name}`;
  const kind = isServing(host) ? (host.state === 'loading' ? 'live' : 'calm') : 'bad';
  return html`
    <section class="host card" role="region" aria-labelledby=${id}>
      <div class="host-head">
        <h3 id=${id} class="clip"><span class="visually-hidden">Host </span><${Text}>${host.name}<//></h3>
        ${host.state && html`<span class="state small" data-kind=${kind}>${HOST_STATES[host.state] ?? host.state}</span>`}
        ${host.kind && html`<span class="soft small">${KINDS[host.kind] ?? host.kind}</span>`}
      </div>
      ${host.detail && html`<p class="small host-detail"><${Text}>${host.detail}<//></p>`}
      <${Rest} until=${host.resting_until} />
      ${host.running !== undefined && html`<${Work} host=${host} />`}
      ${models.length > 0 && html`<${ModelTable} models=${models} loaded=${host.loaded ?? []} loading=${host.loading ?? []} />`}
      ${models.length === 0 && kind !== 'bad' && html`<p class="hint">No models.</p>`}
    </section>
  `;
}

/** @param {{ until: string | null | undefined }} props */
function Rest({ until }) {
  const left = until ? Math.ceil((new Date(until).getTime() - Date.now()) / 1000) : 0;
  if (left <= 0) return null;
  const when = left < 90 ? `in ${left} s` : `in ${Math.round(left / 60)} min`;
  return html`<p class="small soft">Calls failed there: it is tried again ${when}.</p>`;
}

/** @param {{ host: any }} props */
function Work({ host }) {
  const { running, queued, slots, loads, loaded = [] } = host;
  // With several models in memory the slots may be those of each.
  const most = slots && loaded.length < 2 ? ` of ${slots}` : '';
  return html`
    <dl class="work small">
      <div><dt>Running</dt><dd>${running}${most}</dd></div>
      <div><dt>Waiting</dt><dd>${queued}</dd></div>
      <div><dt>Model loads</dt><dd>${loads}</dd></div>
    </dl>
  `;
}

/** @param {{ models: any[], loaded: string[], loading: string[] }} props */
function ModelTable({ models, loaded, loading }) {
  const isLoaded = (/** @type {any} */ model) => model.loaded || loaded.includes(model.name);
  const sorted = [...models].sort(
    (a, b) => Number(b.chats) - Number(a.chats) || Number(isLoaded(b)) - Number(isLoaded(a)) || (b.size ?? 0) - (a.size ?? 0),
  );
  return html`
    <div class="model-table" tabindex="0" role="group" aria-label="Models">
      <table>
        <thead>
          <tr><th scope="col">Model</th><th scope="col">Size</th><th scope="col">State</th></tr>
        </thead>
        <tbody>
          ${sorted.map((model) => html`
            <tr key=${model.name}>
              <th scope="row"><${Text}>${model.name}<//></th>
              <td class="soft">${model.size ? size(model.size) : '–'}</td>
              <td>${stateOf(model, loading.includes(model.name) ? 'loading' : isLoaded(model) ? 'loaded' : 'stored')}</td>
            </tr>
          `)}
        </tbody>
      </table>
    </div>
  `;
}

/** @param {any} model @param {'loading' | 'loaded' | 'stored'} place */
function stateOf({ demo, chats, embeds }, place) {
  const memory =
    place === 'loading'
      ? html`<span class="state" data-kind="live">loading</span>`
      : place === 'loaded'
        ? html`<b>in memory</b>`
        : html`<span class="soft">not in memory</span>`;
  if (demo) return html`${memory}<span class="soft">, demo model</span>`;
  if (!chats) return html`<span class="soft">${embeds ? 'embeddings, not for debates' : 'not for debates'}</span>`;
  return memory;
}
