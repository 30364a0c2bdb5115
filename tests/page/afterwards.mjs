// When a debate is over: replay, export, delete.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { open } from './browser.mjs';
import { button, dialog, fits, hidden, isWhole, main, says, statement, verdict, visible } from './parts.mjs';
import { QUESTION, debate } from './story.mjs';
import { assert, until } from './until.mjs';
import { REFUSED } from './world.mjs';

/** A debate that is over, and its page. */
async function over(world, options = {}, settings = {}) {
  const server = await world.server(await world.host(), settings);
  const id = await server.create(debate());
  await server.status(id, 'completed');
  const page = await world.page(server, { at: `/d/${id}`, width: 1440, ...options });
  await visible(verdict(page));
  return { server, id, page };
}

const replay = (page) => page.getByRole('button', { name: /replay|play/i }).or(page.getByRole('link', { name: /replay/i })).first();

/** Plays a debate at 16 × to its verdict. */
async function playsToTheEnd(page) {
  await replay(page).click();
  await hidden(verdict(page));
  const speed = page.getByRole('combobox', { name: /speed/i }).or(page.getByRole('slider', { name: /speed/i })).first();
  const sixteen = page.getByRole('radio', { name: /16/ }).or(page.getByRole('button', { name: /16/ })).first();
  if (await speed.isVisible()) {
    if ((await speed.evaluate((e) => e.tagName)) === 'SELECT') await speed.selectOption({ label: await speed.evaluate((e) => [...e.options].find((o) => /16/.test(o.text))?.text) });
    else await speed.press('End');
  } else await sixteen.check({ force: true }).catch(() => sixteen.click());
  await visible(verdict(page), 60_000);
}

/** The bytes of a download. */
async function downloaded(page, name) {
  const link = page.getByRole('link', { name }).or(page.getByRole('button', { name })).or(page.getByRole('menuitem', { name })).first();
  if (!(await link.isVisible())) await page.getByRole('button', { name: /export|download|save/i }).or(page.getByText(/^(export|download|save as)/i)).first().click();
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const file = path.join(fs.mkdtempSync('/tmp/synod-download-'), download.suggestedFilename());
  await download.saveAs(file);
  return file;
}

export const tests = {
  'a replay begins at the first word and ends with the verdict': async (world) => {
    const { page } = await over(world);
    await playsToTheEnd(page);
    await visible(statement(page, 1));
  },

  'exports: Markdown, JSON and the log': async (world) => {
    const { page, server, id } = await over(world);
    const markdown = fs.readFileSync(await downloaded(page, /markdown/i), 'utf8');
    assert(markdown.includes(QUESTION) && /Yes, close it/.test(markdown), markdown.slice(0, 200));
    const json = JSON.parse(fs.readFileSync(await downloaded(page, /^json\b/i), 'utf8'));
    assert(JSON.stringify(json).includes(id), 'the JSON is of this debate');
    const log = fs.readFileSync(await downloaded(page, /ndjson|log/i), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    assert(log.length >= (await server.events(id)).length, `${log.length} lines`);
  },

  'the one-file export plays from file:// with the network off': async (world) => {
    const { page } = await over(world);
    const file = await downloaded(page, /html|player|one file|web page/i);
    const size = fs.statSync(file).size;
    assert(size < 700_000, `the file has ${size} bytes`);
    const offline = await open(world.tools.browser, 'file://', { width: 1280 });
    world.pages.push(offline);
    await offline.context().setOffline(true);
    await offline.goto(pathToFileURL(file).href);
    await isWhole(offline);
    await says(main(offline), new RegExp(QUESTION.slice(0, 30)));
    if (!(await verdict(offline).isVisible())) await visible(replay(offline));
    await playsToTheEnd(offline);
    await visible(statement(offline, 12));
    assert(!(await button(offline, /^(stop|vote now|speak|delete)\b/i).first().isVisible()), 'a file offers commands to a server');
    for (const width of [360, 1440]) {
      await offline.setViewportSize({ width, height: 800 });
      await fits(offline);
    }
  },

  'a deleted debate: its page says so, and its link afterwards': async (world) => {
    const { page, server, id } = await over(world, { expects: REFUSED });
    const remove = button(page, /delete/i).first();
    if (!(await remove.isVisible())) await button(page, /more|actions|menu/i).first().click();
    await remove.or(page.getByRole('menuitem', { name: /delete/i })).first().click();
    await visible(dialog(page));
    await dialog(page).getByRole('button', { name: /delete/i }).click();
    await until(async () => (await server.ask('GET', `/api/v1/debates/${id}`)).status === 404, 'the debate is deleted');
    await page.goto(`/d/${id}`);
    await isWhole(page);
    await says(main(page), /deleted|no debate|not found|does not exist|no such/i);
    await visible(main(page).getByRole('link'));
  },

  'a debate that is deleted while it is watched': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    const id = await server.create(debate());
    const page = await world.page(server, { at: `/d/${id}`, expects: REFUSED });
    await visible(button(page, /^stop/i));
    await server.control(id, 'stop');
    await visible(verdict(page));
    await server.must('DELETE', `/api/v1/debates/${id}`);
    await page.reload();
    await says(main(page), /deleted|no debate|not found|does not exist|no such/i);
  },
};
