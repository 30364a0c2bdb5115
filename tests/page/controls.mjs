// Commands of the reader and what they do to the host.

import { button, dialog, says, speaking, state, verdict, visible } from './parts.mjs';
import { CAST, debate } from './story.mjs';
import { assert, until } from './until.mjs';
import { LOST, REFUSED } from './world.mjs';

const names = Object.values(CAST).map((agent) => agent.name);

async function stop(page) {
  await button(page, /^stop/i).click();
  await visible(dialog(page));
  await dialog(page).getByRole('button', { name: /stop/i }).click();
}

/** Whether a sign has the colour of what goes on. */
const hasRed = (page, within = 'main') => page.evaluate((root) => {
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.background = 'var(--live)';
  const red = getComputedStyle(probe).backgroundColor;
  probe.remove();
  return [...document.querySelectorAll(`${root} *`)].some((e) => ['', '::before'].some((part) => {
    const { backgroundColor, content, animationName } = getComputedStyle(e, part || null);
    return (part === '' || content !== 'none') && (backgroundColor === red || animationName === 'live');
  }));
}, within);

export const tests = {
  'stop closes the connections of the host': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    const id = await server.create(debate());
    const page = await world.page(server, { at: `/d/${id}` });
    await until(() => host.active.size === 5, 'all five speak');
    host.allow(50);
    await visible(speaking(page, names[0]));
    await stop(page);
    await until(() => host.active.size === 0, 'the host has no call left');
    assert(host.closedEarly === 5, `${host.closedEarly} calls were ended by the server`);
    await server.status(id, 'stopped').catch(() => server.status(id, 'completed', 1));
    await says(state(page), /stopped/i);
    await visible(verdict(page));
  },

  'stop frees fake-ollama': async (world) => {
    const simulator = await world.simulator({ models: Object.values(CAST).map((a) => a.model).join(','), tokens: 400, itl_ms: 50, strict_models: 1 });
    const server = await world.server(simulator);
    const id = await server.create(debate());
    const page = await world.page(server, { at: `/d/${id}` });
    await until(async () => (await simulator.stats()).active === 5, 'all five speak');
    await until(async () => (await speaking(page, names[1]).first().innerText()).length > 60, 'words are seen as they stream');
    await stop(page);
    await until(async () => (await simulator.stats()).active === 0, 'the host has no call left');
    await says(state(page), /stopped/i);
  },

  'Escape leaves the dialog of stop, and the debate runs on': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    const id = await server.create(debate());
    const page = await world.page(server, { at: `/d/${id}` });
    await button(page, /^stop/i).click();
    await visible(dialog(page));
    await page.keyboard.press('Escape');
    await until(async () => !(await dialog(page).isVisible()), 'the dialog is closed');
    assert((await server.must('GET', `/debates/${id}`)).status === 'running', 'the debate runs on');
    assert(await button(page, /^stop/i).evaluate((e) => e === document.activeElement), 'the focus is back on Stop');
    host.release();
  },

  'a paused debate looks paused in its header, its steps and the list': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    const id = await server.create(debate());
    const page = await world.page(server, { at: `/d/${id}` });
    const list = await world.tab(page, server, '/d');
    await until(() => host.active.size === 5, 'all five speak');
    await visible(page.locator('.live-dot'));
    for (const part of ['.bar', '.stepper']) assert(await hasRed(page, part), `a running debate has no red sign in ${part}`);
    await button(page, /^pause/i).click();
    await says(state(page), /paused.*5 open calls end first/is);
    host.release();
    await visible(page.getByRole('article', { name: /statement 5/ }));
    await until(async () => (await page.locator('article.live').count()) === 0, 'no card is left');
    await says(state(page), /paused.*in the opening/is);
    for (const tab of [page, list]) {
      await visible(tab.locator('.live-dot.paused'));
      await until(async () => !(await hasRed(tab)), 'no red sign is left');
      assert((await tab.locator('.live-dot:not(.paused)').count()) === 0, 'a live dot is left');
    }
  },

  'a message whose answer is lost is sent again and said once': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    const id = await server.create(debate());
    const page = await world.page(server, { at: `/d/${id}`, expects: LOST });
    await until(() => host.active.size === 5, 'all five speak');
    let attempts = 0;
    await page.route('**/interjections', async (route) => {
      attempts += 1;
      if (attempts > 1) return route.continue();
      await route.fetch();
      return route.abort('connectionreset');
    });
    await button(page, /^speak/i).click();
    await page.getByLabel('Your message').fill('Think of the deliveries.');
    await dialog(page).getByRole('button', { name: /^speak/i }).click();
    await until(() => attempts === 1, 'the message is sent');
    await visible(dialog(page).getByRole('alert').filter({ hasText: /\w{4,}/ }));
    await dialog(page).getByRole('button', { name: /^speak/i }).click();
    await until(async () => !(await dialog(page).isVisible()), 'the message has an answer');
    const { events } = await server.must('GET', `/api/v1/debates/${id}/events?limit=100`);
    const said = events.filter(({ type }) => type === 'interjected').length;
    assert(attempts === 2 && said === 1, `${attempts} attempts, said ${said} times`);
    host.release();
  },

  'a refused command is told in words': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    const id = await server.create(debate());
    const page = await world.page(server, { at: `/d/${id}`, expects: REFUSED });
    await until(() => host.active.size === 5, 'all five speak');
    const vote = button(page, /^vote now/i);
    await visible(vote);
    // During the openings the vote cannot be called.
    if (await vote.isDisabled()) return host.release();
    await vote.click();
    if (await dialog(page).isVisible()) await dialog(page).getByRole('button', { name: /vote/i }).click();
    const answer = await server.ask('POST', `/api/v1/debates/${id}/vote`);
    if (answer.status === 409) await visible(page.getByRole('alert').or(page.getByRole('status')).filter({ hasText: /\w{4,}/ }));
    host.release();
  },
};
