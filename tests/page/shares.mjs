// The read-only link.

import { button, dialog, fits, isWhole, main, says, speaking, state, statement, verdict, visible } from './parts.mjs';
import { CAST, QUESTION, debate } from './story.mjs';
import { assert, until } from './until.mjs';
import { REFUSED } from './world.mjs';

const names = Object.values(CAST).map((agent) => agent.name);
const settings = { shares: true };

export const tests = {
  'a link is made, read without a key by another reader as the debate runs, and revoked': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host, { settings: { ...settings, api_key: 'secret-of-the-owner' } });
    const id = await server.create(debate());
    const owner = await world.page(server, { at: `/d/${id}`, expects: REFUSED });
    await visible(dialog(owner));
    await dialog(owner).getByLabel(/key/i).first().fill('secret-of-the-owner');
    await owner.keyboard.press('Enter');
    await visible(button(owner, /share/i));
    await button(owner, /share/i).first().click();
    await visible(dialog(owner));
    await dialog(owner).getByRole('button', { name: /(make|create|new).*link/i }).click();
    const link = await until(async () => {
      const inFields = await owner.getByRole('textbox').evaluateAll((fields) => fields.map((field) => field.value));
      const inLinks = await owner.getByRole('link').evaluateAll((links) => links.map((a) => a.href));
      const inText = await owner.locator('body').innerText();
      return /\S*\/share\/[\w-]{20,}/.exec([...inFields, ...inLinks, inText].join('\n'))?.[0];
    }, 'the link is shown');
    const at = new URL(link, server.url).pathname;
    const { shares } = await server.must('GET', `/api/v1/debates/${id}/shares`);
    assert(shares.length === 1, `${shares.length} shares`);

    await until(() => host.active.size === 5, 'all five speak');
    const reader = await world.page(server, { at, expects: REFUSED });
    await says(main(reader), new RegExp(QUESTION.slice(0, 30)));
    host.allow(100);
    await visible(speaking(reader, names[0]));
    await says(reader.locator('body'), /read-only/i);
    assert(!(await button(reader, /^(pause|resume|stop|vote now|speak|delete|share)\b/i).first().isVisible()), 'a reader gets commands');
    await fits(reader);
    host.release();
    await visible(verdict(reader), 40_000);
    await visible(statement(reader, 3));
    assert((await reader.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))).includes('secret') === false, 'the reader has the key');

    await dialog(owner).getByRole('button', { name: /revoke/i }).click();
    await until(async () => (await server.must('GET', `/api/v1/debates/${id}/shares`)).shares.length === 0, 'the link is revoked');
    await reader.reload();
    await isWhole(reader);
    await says(main(reader), /revoked|no longer|not (found|valid|there)|does not|unknown|no such/i);
  },

  'a link that is revoked while it is watched: what happened fits a phone': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host, { settings });
    const id = await server.create(debate());
    const { token, path } = await server.must('POST', `/api/v1/debates/${id}/shares`);
    const page = await world.page(server, { at: path, width: 360, expects: REFUSED });
    await visible(speaking(page, names[0]));
    await server.ask('DELETE', `/api/v1/debates/${id}/shares/${token}`);
    const words = page.getByText(/link was revoked/);
    await visible(words);
    assert((await page.locator('.live, .live-dot, .caret, .dots').count()) === 0, 'activity is shown that is not known');
    await says(state(page), /no longer available/i);
    assert(!(await page.title()).startsWith('●'), `the title is “${await page.title()}”`);
    assert(await words.evaluate((e) => e.getBoundingClientRect().right <= innerWidth), 'the words are cut');
    await fits(page);
    host.release();
  },

  'no link is offered unless the server allows it': async (world) => {
    const server = await world.server(await world.host());
    const id = await server.create(debate());
    await server.status(id, 'completed');
    const page = await world.page(server, { at: `/d/${id}` });
    await visible(verdict(page));
    assert(!(await button(page, /^share/i).first().isVisible()), 'Share is offered');
  },

  'a link that never was': async (world) => {
    const server = await world.server(await world.host(), { settings });
    const page = await world.page(server, { at: '/share/0123456789abcdefghijklmnopqrstuv', expects: REFUSED });
    await isWhole(page);
    await says(main(page), /revoked|no longer|not (found|valid|there)|does not|unknown|no such/i);
  },
};
