// What goes wrong, and what the page says then.

import { scattered } from './host.mjs';
import { button, fillStart, fits, isWhole, main, says, start, state, verdict, visible } from './parts.mjs';
import { CAST, MODELS, QUESTION, debate, story } from './story.mjs';
import { assert, until } from './until.mjs';
import { LOST, REFUSED } from './world.mjs';

const names = Object.values(CAST).map((agent) => agent.name);

/** Every view is whole, and the start says what is missing and what to do. */
async function everyViewIsWhole(page, views = ['/', '/d', '/panel']) {
  for (const at of views) {
    await page.goto(at);
    await isWhole(page);
    await fits(page);
  }
}

export const tests = {
  'no host': async (world) => {
    const server = await world.server(null, { hosts: { hall: 'http://127.0.0.1:9' } });
    const page = await world.page(server, { at: null, expects: REFUSED });
    await everyViewIsWhole(page);
    await page.goto('/');
    await says(main(page), /(not reach|cannot be reached|unreachable|no (model )?host|away|not running|refused)/i);
    await says(main(page), /ollama (serve|pull)|hosts?\b/i);
    await says(main(page), /no debate can start yet/i);
    await fillStart(page, { question: QUESTION });
    await page.getByRole('button', { name: /^start/i }).click({ force: true });
    const heading = page.getByRole('heading', { name: /no model host answers/i });
    assert(await heading.evaluate((e) => e === document.activeElement), 'the focus is not on what is missing');
    await page.goto('/panel');
    await says(main(page), /(not reach|cannot be reached|unreachable|away|refused)/i);
  },

  'no model': async (world) => {
    const server = await world.server(await world.host(story(), []));
    const page = await world.page(server, { at: null, expects: REFUSED });
    await everyViewIsWhole(page);
    // While it is not known whether a host answers, nothing is said of hosts.
    let answer = () => {};
    const late = new Promise((resolve) => (answer = () => resolve(undefined)));
    await page.route('**/api/v1/hosts', async (route) => {
      await late;
      await route.continue().catch(() => {});
    });
    const models = page.waitForResponse('**/ollama/models');
    await page.goto('/');
    await models;
    await isWhole(page);
    await visible(page.getByRole('checkbox', { name: names[0] }));
    assert(!(await page.getByText(/no model host answers/i).count()), 'a host that answers is said to be away');
    answer();
    await says(main(page), /no model can debate/i);
    await says(main(page), /ollama pull \S+/);
  },

  'one agent': async (world) => {
    const server = await world.server(await world.host());
    const page = await world.page(server, { expects: REFUSED });
    await fillStart(page, { question: QUESTION, agents: names.slice(0, 1) });
    await page.getByRole('button', { name: /^(start|begin|ask)\b/i }).last().click();
    await says(main(page), /(at least|2 to 16|two|2 or more).*(agent|speaker|participant)?/i);
    assert(!/\/d\//.test(page.url()), 'a debate of one was created');
  },

  'a question of 4,096 bytes, and one byte more': async (world) => {
    const server = await world.server(await world.host());
    const page = await world.page(server, { width: 360, expects: REFUSED });
    const question = `${'Is this long? '.repeat(292)}Or longer`.slice(0, 4_095) + '?';
    await fillStart(page, { question, agents: names.slice(0, 2), options: ['Yes', 'No'] });
    const id = await start(page);
    await server.status(id, 'completed');
    await visible(verdict(page));
    await fits(page);
    await page.goto('/d');
    await isWhole(page);
    await fits(page);
    await page.goto('/');
    await fillStart(page, { question: `${question}!`, agents: names.slice(0, 2) });
    const field = page.getByRole('textbox', { name: /question/i }).first();
    if ((await field.inputValue()).length > 4_096) {
      await page.getByRole('button', { name: /^(start|begin|ask)\b/i }).last().click();
      await says(main(page), /4,?096/);
    }
  },

  '16 agents and 20 rounds': async (world) => {
    const agents = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`agent${i}`, { name: `Agent number ${i + 1}`, expertise: 'a voice of many', model: 'granite:8b' }]));
    let n = 0;
    const host = await world.host((call) => call.purpose === 'ballot'
      ? { text: JSON.stringify({ choice: call.choices[scattered((n += 1)) % 3], confidence: 0.5, moved_by: call.moved.length ? 'none' : undefined }) }
      : { text: `Statement ${(n += 1)} differs from all others by its number and says little else.` }, ['granite:8b']);
    const server = await world.server(host, { agents, hosts: { hall: { url: host.url, concurrent_calls: 16 } } });
    const page = await world.page(server, { at: null, width: 360 });
    const id = await server.create(debate({ selected_agents: Object.keys(agents), max_rounds: 20, consensus_threshold: 1 }));
    await server.status(id, 'completed', 120);
    const events = await server.events(id);
    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(`/d/${id}`);
      await visible(verdict(page));
      await fits(page);
    }
    assert(events.length > 150, `${events.length} events`);
    await page.goto('/');
    await isWhole(page);
    await fits(page);
  },

  'an agent named with 100 emoji': async (world) => {
    const name = '🦄'.repeat(100);
    const host = await world.host();
    const server = await world.server(host);
    const added = await server.ask('POST', '/api/v1/agents', { agent_id: 'unicorn', name, expertise: 'a unicorn', model: MODELS[0] });
    const page = await world.page(server, { at: '/panel', width: 360, expects: REFUSED });
    await isWhole(page);
    if (added.status >= 300) {
      // The server refuses the name: the form says so beside the field.
      await button(page, /add.*agent/i).first().click();
      const form = page.getByRole('dialog').or(page.getByRole('form')).first();
      await form.getByRole('textbox', { name: /name/i }).first().fill(name);
      await form.getByRole('textbox', { name: /expertise|you are/i }).first().fill('a unicorn');
      const id = form.getByRole('textbox', { name: /\bid\b/i });
      if (await id.count()) await id.first().fill('unicorn');
      await form.getByRole('button', { name: /add|save/i }).last().click();
      await until(async () => (await form.locator('[aria-invalid="true"]').count()) > 0, 'the field is marked');
    } else {
      const id = await server.create(debate({ selected_agents: ['unicorn', 'ada'], max_rounds: 1 }));
      await server.status(id, 'completed');
      await page.goto(`/d/${id}`);
      await visible(verdict(page));
    }
    await fits(page);
  },

  'a debate that fails in its first call': async (world) => {
    const host = await world.host(() => ({ fail: 500 }));
    const server = await world.server(host);
    const id = await server.create(debate({ max_rounds: 1 }));
    const page = await world.page(server, { at: `/d/${id}`, expects: REFUSED });
    await until(async () => /completed|failed|stopped|paused/.test((await server.must('GET', `/debates/${id}`)).status), 'the debate ends', 90);
    await isWhole(page);
    await says(main(page), /(fail|quorum|no (vote|statement|answer|one)|too few|not reach)/i, 30);
    await says(verdict(page), /five participants never spoke\..*the model failed\..*before you ask again/is);
  },

  'a host that goes away in mid-debate': async (world) => {
    const host = await world.host(story({ pace: 20 }));
    const server = await world.server(host, { hosts: { hall: { url: host.url, away_seconds: 1 } } });
    const id = await server.create(debate());
    const page = await world.page(server, { at: `/d/${id}`, width: 360, expects: REFUSED });
    await until(() => host.tokens > 30, 'tokens stream');
    await host.stop();
    await server.status(id, 'paused', 60);
    await says(state(page), /paused/i);
    await says(main(page), /hall|host/i);
    await visible(button(page, /^resume/i));
    await fits(page);
    await page.setViewportSize({ width: 320, height: 800 });
    await fits(page);
  },

  'a link to a debate that never was': async (world) => {
    const server = await world.server(await world.host());
    for (const at of ['/d/00000000-0000-4000-8000-000000000000', '/d/nonsense', '/d/%00', '/nowhere/at/all']) {
      const page = await world.page(server, { at, expects: REFUSED });
      await isWhole(page);
      await says(main(page), /not found|no debate|does not exist|no such|no page|nothing here|there is no|not there/i);
      await visible(main(page).getByRole('link'));
      await page.context().close();
    }
  },

  'a server of another version after an upgrade': async (world) => {
    const host = await world.host();
    const server = await world.server(host);
    const id = await server.create(debate());
    await server.status(id, 'completed');
    const page = await world.page(server, { at: `/d/${id}`, expects: new RegExp(`${LOST.source}|${REFUSED.source}`) });
    await visible(verdict(page));
    // The version is told by /api/v1/page; what the page may still load has the address of the old one.
    await page.route('**/api/v1/page', async (route) => {
      // The page may be gone by now.
      const response = await route.fetch().catch(() => null);
      const json = await response?.json().catch(() => null);
      if (response && json) await route.fulfill({ response, json: { ...json, version: '99.0.0' } });
    });
    await page.route(/\/assets\/.*\.(js|css)$/, (route) => route.fulfill({ status: 404, contentType: 'application/problem+json', body: '{"title":"Not Found","status":404,"detail":"There is no such file."}' }));
    await server.kill();
    await server.start();
    for (const name of [/debates/i, /panel|agents/i]) {
      const link = page.getByRole('link', { name }).first();
      if (await link.isVisible()) await link.click();
      await until(async () => (await page.locator('body').innerText()).trim().length > 20, 'the screen is not empty');
    }
    await says(page.locator('body'), /(reload|new(er)? version|updated|upgraded)/i, 30);
  },
};
