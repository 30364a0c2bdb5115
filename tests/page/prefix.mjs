// The page under a path prefix, behind a reverse proxy.

import { button, dialog, fillStart, isWhole, says, start, state, verdict, visible } from './parts.mjs';
import { Proxy } from './proxy.mjs';
import { CAST, OPTIONS, QUESTION } from './story.mjs';
import { assert, until } from './until.mjs';
import { REFUSED } from './world.mjs';

const names = Object.values(CAST).map((agent) => agent.name);
const PREFIX = '/house/synod';

/** A server with a proxy before it. */
async function published(world, removes) {
  const host = await world.host();
  const server = await world.server(host, { settings: { prefix: PREFIX, shares: true } });
  const proxy = await new Proxy(server, PREFIX, removes).listen();
  world.endings.push(() => proxy.stop());
  return { server, proxy };
}

/** A debate is asked, read, replayed, shared and followed up on, and no request leaves the prefix. */
async function isAtHome(world, removes) {
  const { proxy } = await published(world, removes);
  const page = await world.page(proxy, { at: `${PREFIX}/` });
  const at = () => new URL(page.url()).pathname;
  await fillStart(page, { question: QUESTION, options: OPTIONS, agents: names });
  const id = await start(page);
  assert(at() === `${PREFIX}/d/${id}`, `the debate is at ${at()}`);
  await visible(verdict(page));
  await page.reload();
  await visible(verdict(page));
  await button(page, /^replay/i).click();
  await says(state(page), /replay/i);
  await page.goBack();
  await visible(verdict(page));
  await button(page, /^share/i).click();
  await dialog(page).getByRole('button', { name: /create/i }).click();
  const link = await until(() => dialog(page).getByRole('textbox').inputValue(), 'the link is shown');
  assert(link.startsWith(`${proxy.url}${PREFIX}/share/`), `the link is ${link}`);
  const guest = await world.page(proxy, { at: link });
  await visible(verdict(guest));
  await page.keyboard.press('Escape');
  for (const [name, path] of [[/debates/i, `${PREFIX}/d`], [/^panel/i, `${PREFIX}/panel`], [/synod/i, `${PREFIX}/`]]) {
    await page.getByRole('link', { name }).first().click();
    await until(() => at() === path, `${path} is shown`);
    await isWhole(page);
  }
  page.expected = REFUSED;
  await page.goto(`${PREFIX}/nowhere`);
  await isWhole(page);
  assert(!proxy.strays.length, `requests beside the prefix: ${proxy.strays}`);
}

export const tests = {
  'behind a proxy that passes the prefix on': (world) => isAtHome(world, false),
  'behind a proxy that removes the prefix': (world) => isAtHome(world, true),
};
