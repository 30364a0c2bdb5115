#!/usr/bin/env node
// What the page costs a browser.
//
//     node tests/page/bench.mjs --synod target/release/synod [--only WORD]

import { execFileSync } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values: chosen } = parseArgs({ options: { synod: { type: 'string' }, only: { type: 'string', default: '' } } });
if (!chosen.synod) throw new Error('--synod is required');
execFileSync(path.join(here, 'modules'));
const { launch } = await import('./browser.mjs');
const { World } = await import('./world.mjs');
const { scattered } = await import('./host.mjs');
const { CAST, MODELS, debate } = await import('./story.mjs');
const { speaking, verdict, visible } = await import('./parts.mjs');
const { until } = await import('./until.mjs');

const tools = { synod: path.resolve(chosen.synod), simulator: '', browser: await launch() };
const names = Object.values(CAST).map((agent) => agent.name);
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The bytes of a body as it is sent. */
const bytesOf = (url, encoding) => new Promise((resolve, reject) => {
  http.get(url, { headers: { 'Accept-Encoding': encoding } }, (response) => {
    let bytes = 0;
    response.on('data', (data) => (bytes += data.length));
    response.on('end', () => resolve(bytes));
  }).on('error', reject);
});

/** Chromium's trace while `during` runs. */
async function traced(page, during) {
  await tools.browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8.execute', 'blink.user_timing'] });
  const began = performance.now();
  await during();
  const ms = performance.now() - began;
  return { ms, events: JSON.parse((await tools.browser.stopTracing()).toString()).traceEvents };
}

/** Milliseconds in which the main threads of all renderers ran tasks. */
function busy(events) {
  const mains = new Set(events.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map((e) => `${e.pid}/${e.tid}`));
  const spans = events.filter((e) => e.ph === 'X' && mains.has(`${e.pid}/${e.tid}`) && /RunTask|ThreadControllerImpl::RunTask|ThreadPool_RunTask/.test(e.name));
  // Tasks nest in nested loops: only the outermost count.
  let sum = 0;
  const ends = new Map();
  for (const { pid, tid, ts, dur = 0 } of spans.sort((a, b) => a.ts - b.ts)) {
    const thread = `${pid}/${tid}`;
    const end = ends.get(thread) ?? 0;
    if (ts + dur <= end) continue;
    sum += (ts + dur - Math.max(ts, end)) / 1000;
    ends.set(thread, ts + dur);
  }
  return sum;
}

const BENCHES = {
  async size(world) {
    const host = await world.host();
    const server = await world.server(host);
    const id = await server.create(debate());
    await server.status(id, 'completed');
    const page = await world.page(server, { at: null, width: 1440 });
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    /** Bytes on the wire by path: of the body, and of the headers. */
    const files = new Map();
    const urls = new Map();
    const heads = new Map();
    session.on('Network.responseReceived', ({ requestId, response }) => {
      urls.set(requestId, new URL(response.url).pathname);
      // So far only the headers have arrived.
      heads.set(requestId, response.encodedDataLength);
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const at = urls.get(requestId) ?? '';
      const head = heads.get(requestId) ?? 0;
      if (at === '/' || at.startsWith('/assets/')) files.set(at, [encodedDataLength - head, head]);
    });
    const counts = [];
    const link = (name) => page.getByRole('link', { name }).first().click();
    for (const [open, part] of [
      [() => page.goto('/'), page.getByRole('textbox', { name: /question/i })],
      [() => link(/^debates$/i), page.getByRole('searchbox')],
      [() => link(/close its centre/), verdict(page)],
      [() => link(/^panel$/i), page.getByRole('button', { name: /add an agent/i })],
    ]) {
      await open();
      await visible(part);
      await page.waitForLoadState('networkidle').catch(() => {});
      counts.push(files.size);
    }
    const sum = (column) => [...files.values()].reduce((bytes, row) => bytes + row[column], 0) / 1000;
    const parts = [...files].map(([at, [body]]) => `${path.basename(at) || 'document'} ${(body / 1000).toFixed(1)}`).join(', ');
    const gzip = [];
    for (const at of files.keys()) gzip.push(await bytesOf(`${server.url}${at}`, 'gzip'));
    return [
      ['what all views load, compressed', sum(0), 70, 'kB', parts],
      ['the same with the headers of the responses', sum(0) + sum(1), 70, 'kB', `${files.size} responses; files after start, list, a debate, panel: ${counts.join(', ')}`],
      ['the same for a browser that takes gzip only', gzip.reduce((a, b) => a + b, 0) / 1000, null, 'kB', 'without headers'],
    ];
  },

  async paint(world) {
    const server = await world.server(await world.host());
    const paints = { cold: [], warm: [] };
    const text = { cold: [], warm: [] };
    for (let i = 0; i < 9; i += 1) {
      const page = await world.page(server, { at: null });
      for (const cache of ['cold', 'warm']) {
        await page.goto('/', { waitUntil: 'load' });
        const { paint, html, ready } = await page.evaluate(async () => {
          const first = () => performance.getEntriesByName('first-contentful-paint')[0];
          while (!first()) await new Promise((resolve) => requestAnimationFrame(resolve));
          const [navigation] = performance.getEntriesByType('navigation');
          return { paint: first().startTime, html: navigation.responseEnd, ready: navigation.domContentLoadedEventEnd };
        });
        paints[cache].push(paint - html);
        text[cache].push(ready - html);
      }
      await page.context().close();
    }
    return [
      ['first contentful paint after the HTML, nothing cached', median(paints.cold), 100, 'ms', `modules run after ${median(text.cold).toFixed(0)} ms`],
      ['first contentful paint after the HTML, cached', median(paints.warm), 100, 'ms', `modules run after ${median(text.warm).toFixed(0)} ms`],
    ];
  },

  async stream(world) {
    // Ten tokens a second from each of five.
    const words = Array.from({ length: 400 }, (_, i) => ['the', 'town', 'would', 'gain', 'a', 'square', 'and', 'lose', 'some', 'trade', 'that\n\n'][(i * 7) % 11]).join(' ');
    const host = await world.host((call) => (call.purpose === 'ballot' ? { text: JSON.stringify({ choice: call.choices[0], confidence: 1 }) } : { text: words, pace: 99 }));
    const server = await world.server(host);
    const id = await server.create(debate({ debate_rules: { max_tokens_per_turn: 4_096 } }));
    const rows = [];
    for (const [width, throttle] of [[1440, 1], [390, 4]]) {
      const page = await world.page(server, { at: `/d/${id}`, width });
      if (throttle > 1) await (await page.context().newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: throttle });
      await visible(speaking(page, names[4]));
      const before = host.tokens;
      const { ms, events } = await traced(page, () => until(() => host.tokens >= before + 300, 'six seconds of tokens', 30));
      const rate = ((host.tokens - before) / ms) * 1000;
      rows.push([`main thread at ${rate.toFixed(0)} tokens/s from five speakers, ${width} px${throttle > 1 ? `, processor slowed ${throttle} ×` : ''}`, (busy(events) / ms) * 100, throttle > 1 ? null : 30, '%', '']);
      await page.context().close();
    }
    return rows;
  },

  async long(world) {
    // Speakers that pass on nothing and agree on nothing, so that all rounds take place.
    let n = 0;
    const agents = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`agent${i}`, { name: `Agent ${i + 1}`, expertise: `voice ${i}`, model: 'granite:8b' }]));
    const host = await world.host((call) => {
      n += 1;
      if (call.purpose !== 'ballot') return { text: `Statement ${n} says that **${n}** is more than ${n - 1}, that ${n * 7} reasons speak for it and ${n * 3} against, and that no other statement says the same.`, whole: true };
      return { text: JSON.stringify({ choice: call.choices[scattered((n += 1)) % 3], confidence: 0.5, moved_by: call.moved.length ? 'none' : undefined }), whole: true };
    }, MODELS);
    const server = await world.server(host, { agents, hosts: { hall: { url: host.url, concurrent_calls: 16 } } });
    let count = 0;
    let id = '';
    for (let tries = 0; count < 2_000 && tries < 4; tries += 1) {
      id = await server.create(debate({ selected_agents: Object.keys(agents), max_rounds: 12, max_iterations_per_round: 4, consensus_threshold: 1, debate_rules: { seed: tries } }));
      await server.status(id, 'completed', 240);
      count = (await server.events(id)).length;
    }
    const opened = [];
    let nodes = 0;
    for (let i = 0; i < 5; i += 1) {
      const page = await world.page(server, { at: '/d' });
      await page.waitForLoadState('networkidle');
      await visible(page.getByRole('link', { name: /close its centre/ }));
      opened.push(await page.evaluate(async (id) => {
        const began = performance.now();
        /** @type {HTMLElement} */ (document.querySelector(`main a[href*="${id}"]`)).click();
        while (!document.querySelector('[aria-label="Verdict"]')) await new Promise((resolve) => requestAnimationFrame(resolve));
        // The frame that shows it.
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
        return performance.now() - began;
      }, id));
      await visible(verdict(page));
      nodes = await page.evaluate(() => document.getElementsByTagName('*').length);
      await page.context().close();
    }
    return [[`a log of ${count.toLocaleString('en')} events, from the click to the verdict`, median(opened), 300, 'ms', `${nodes} elements`]];
  },
};

const rows = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (!name.includes(chosen.only)) continue;
  const world = new World(tools);
  try {
    rows.push(...(await bench(world)));
  } catch (error) {
    rows.push([name, NaN, null, '', error.message.split('\n')[0]]);
  }
  await world.close();
}
await tools.browser.close();

console.log('| what | measured | goal | |\n|---|---|---|---|');
for (const [what, value, goal, unit, note] of rows) {
  const met = goal === null ? '' : value <= goal ? 'met' : 'missed';
  console.log(`| ${what} | ${value.toFixed(1)} ${unit} | ${goal === null ? '–' : `≤ ${goal} ${unit}`} | ${[met, note].filter(Boolean).join('; ')} |`);
}
process.exit(rows.some(([, value, goal]) => Number.isNaN(value) || (goal !== null && value > goal)) ? 1 : 0);
