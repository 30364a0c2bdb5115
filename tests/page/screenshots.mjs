#!/usr/bin/env node
// Pictures of every view in three widths, light and dark.
//
//     node tests/page/screenshots.mjs --synod target/debug/synod --into target/screenshots [--only WORD] [--docs docs/images]
//
// With --docs it also writes the small ones that README.md and docs/ show.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values: chosen } = parseArgs({ options: { synod: { type: 'string' }, into: { type: 'string', default: 'target/screenshots' }, only: { type: 'string', default: '' }, docs: { type: 'string' } } });
if (!chosen.synod) throw new Error('--synod is required');
execFileSync(path.join(here, 'modules'));
const { launch } = await import('./browser.mjs');
const { World } = await import('./world.mjs');
const { CAST, QUESTION, OPTIONS, debate } = await import('./story.mjs');
const { TOPICS, replies } = await import('./topics.mjs');
const { button, dialog, fillStart, isWhole, says, speaking, statement, verdict, visible } = await import('./parts.mjs');
const { until } = await import('./until.mjs');

const WIDTHS = { 360: 780, 900: 1000, 1440: 1000 };
const THEMES = ['light', 'dark'];
const names = Object.values(CAST).map((agent) => agent.name);

fs.mkdirSync(chosen.into, { recursive: true });
const tools = { synod: path.resolve(chosen.synod), simulator: '', browser: await launch() };
const world = new World(tools);

/** In round 2 one thinks, one has not begun, and three are in mid-sentence. */
const HELD = { ada: 38, bruno: 27, chen: 21, dalia: 17, emil: 0 };
const told = replies();
const idOf = (model) => Object.keys(CAST).find((id) => CAST[id].model === model);
let holds = false;
const host = await world.host((call) => {
  const reply = told(call);
  return holds && call.purpose === 'argument' && call.nth === 1 && call.prompt.includes(QUESTION) ? { ...reply, hold: HELD[idOf(call.model)] } : reply;
});
const server = await world.server(host, { settings: { shares: true } });

const asked = (topic, more = {}) => debate(topic === QUESTION ? more : { debate_topic: topic, problem_statement: '', debate_rules: { options: TOPICS[topic].options }, ...more });
const [database, school, library, week] = Object.keys(TOPICS);
const done = async (topic, more) => {
  const id = await server.create(asked(topic, more));
  await server.status(id, 'completed');
  return id;
};
await done(database, { max_rounds: 1 });
await done(school, { consensus_threshold: 0.6 });
const decided = await done(QUESTION);
host.hold();
const paused = await server.create(asked(library));
await until(() => host.active.size === 5, 'all five speak');
await server.control(paused, 'pause');
host.release();
await server.status(paused, 'paused');
holds = true;
const running = await server.create(debate({ time_limit_per_argument: 300 }));
await until(() => host.active.size === 5 && host.calls.filter((call) => call.purpose === 'argument' && call.nth === 1).length >= 5, 'round 2 is in progress', 60);
const queued = await server.create(asked(week, { max_rounds: 4, time_limit_per_argument: 300 }));
const shared = (await server.ask('POST', `/api/v1/debates/${decided}/shares`)).json;
const locked = await world.server(await world.host(), { settings: { api_key: 'a-key-of-some-length' } });
const bare = await world.server(null, { hosts: { hall: 'http://127.0.0.1:9' } });

const ofRunning = async (page) => {
  await visible(speaking(page, names[0]));
  await says(speaking(page, names[0]), /no new road/);
};
const VIEWS = {
  start: [server, '/', async (page) => {
    await isWhole(page);
  }],
  'start-filled': [server, '/', async (page) => {
    await fillStart(page, { question: QUESTION, options: OPTIONS, agents: names });
    await says(page.getByRole('main'), /at most/i);
  }],
  'start-nothing': [bare, '/', isWhole],
  list: [server, '/d', async (page) => {
    await isWhole(page);
    await visible(page.getByRole('link', { name: /four-day/ }));
  }],
  watch: [server, `/d/${running}`, ofRunning],
  queued: [server, `/d/${queued}`, (page) => isWhole(page)],
  paused: [server, `/d/${paused}`, (page) => visible(button(page, /^resume/i))],
  stop: [server, `/d/${running}`, async (page) => {
    await button(page, /^stop/i).click();
    await visible(dialog(page));
  }],
  verdict: [server, `/d/${decided}`, (page) => visible(verdict(page))],
  statements: [server, `/d/${decided}#s12`, (page) => visible(statement(page, 12))],
  replay: [server, `/d/${decided}`, async (page) => {
    await visible(verdict(page));
    await button(page, /replay/i).or(page.getByRole('link', { name: /replay/i })).first().click();
    await until(async () => (await page.getByRole('article').count()) > 2, 'the replay runs', 30);
  }],
  panel: [server, '/panel', async (page) => {
    await isWhole(page);
    await visible(page.getByText(names[0]).first());
  }],
  share: [server, shared?.path ?? '/share/none', isWhole],
  'error-debate': [server, '/d/00000000-0000-4000-8000-000000000000', isWhole],
  'error-page': [server, '/nowhere', isWhole],
  key: [locked, '/d', (page) => visible(dialog(page))],
};
/** In the documents: WebP, in light and dark. */
const SHOWN = { start: 1440, watch: 1440, verdict: 1440, list: 1440 };
const WHOLE = ['start-filled', 'verdict', 'panel', 'watch'];

let failed = 0;
for (const [name, [of, at, ready]] of Object.entries(VIEWS)) {
  if (!name.includes(chosen.only)) continue;
  for (const [width, height] of Object.entries(WIDTHS)) {
    for (const colorScheme of THEMES) {
      const page = await world.page(of, { at, width: Number(width), height, colorScheme, reducedMotion: 'reduce' });
      const file = path.join(chosen.into, `${name}-${width}-${colorScheme}`);
      try {
        await ready(page);
        await page.evaluate(() => document.fonts.ready);
      } catch (error) {
        failed += 1;
        console.log(`${file}: ${error.message.split('\n')[0]}`);
      }
      await page.screenshot({ path: `${file}.png` });
      if (chosen.docs && SHOWN[name] === Number(width)) {
        const session = await page.context().newCDPSession(page);
        const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
        fs.mkdirSync(chosen.docs, { recursive: true });
        fs.writeFileSync(path.join(chosen.docs, `page-${name}-${colorScheme}.webp`), Buffer.from(data, 'base64'));
      }
      if (WHOLE.includes(name)) {
        // Parts out of sight are not painted otherwise.
        await page.setViewportSize({ width: Number(width), height: await page.evaluate(() => Math.min(document.documentElement.scrollHeight, 12_000)) });
        await page.screenshot({ path: `${file}-whole.png` });
      }
      await page.context().close();
    }
  }
}
const pictures = fs.readdirSync(chosen.into).filter((file) => file.endsWith('.png'));
console.log(`${pictures.length} pictures in ${chosen.into}`);
host.letGo();
await world.close();
await tools.browser.close();
process.exit(failed ? 1 : 0);
