// A server with an API key.

import { button, dialog, isWhole, main, says, speaking, visible } from './parts.mjs';
import { CAST, debate } from './story.mjs';
import { assert, until } from './until.mjs';
import { REFUSED } from './world.mjs';

const names = Object.values(CAST).map((agent) => agent.name);
const KEY = 'a-key-of-some-length';
const settings = { api_key: KEY };

async function enter(page, key) {
  await visible(dialog(page));
  await dialog(page).getByLabel(/key/i).first().fill(key);
  await dialog(page).getByRole('button', { name: /continue|enter|use|unlock|ok|save|sign|open|send/i }).last().click();
}

export const tests = {
  'it is asked for once, sent with streams, and kept for the tab': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host, { settings });
    const id = await server.create(debate());
    const page = await world.page(server, { at: `/d/${id}`, expects: REFUSED });
    let asked = 0;
    await visible(dialog(page));
    asked += await dialog(page).count();
    assert(asked === 1, `${asked} dialogs`);
    await enter(page, KEY);
    await until(() => host.active.size === 5, 'all five speak');
    host.allow(100);
    await visible(speaking(page, names[0]));
    assert(!page.url().includes(KEY), 'the key is in the address');
    for (const at of ['/', '/d', '/panel', `/d/${id}`]) {
      await page.goto(at);
      await isWhole(page);
      assert(!(await dialog(page).isVisible()), `${at} asks again`);
    }
    await visible(speaking(page, names[0]));
    host.release();
  },

  'a wrong key is told, and the right one can be entered after it': async (world) => {
    const server = await world.server(await world.host(), { settings });
    const page = await world.page(server, { at: '/d', expects: REFUSED });
    await enter(page, 'a-wrong-key');
    await says(page.locator('body'), /wrong|not (accepted|valid|right)|refused|does not|invalid/i);
    await enter(page, KEY);
    await until(async () => !(await dialog(page).isVisible()), 'the dialog is closed');
    await isWhole(page);
  },

  'whoever closes the dialog gets words and a button to enter the key': async (world) => {
    const server = await world.server(await world.host(), { settings });
    const page = await world.page(server, { at: '/d', expects: REFUSED });
    await visible(dialog(page));
    await page.keyboard.press('Escape');
    await isWhole(page);
    await says(main(page), /key/i);
    await page.goto('/panel');
    await visible(dialog(page));
    await page.keyboard.press('Escape');
    await visible(button(page, /enter the key/i));
    await page.waitForLoadState('networkidle').catch(() => {});
    assert((await button(page, /enter the key/i).count()) === 1, 'the panel says twice that a key is needed');
    await button(page, /key/i).first().click();
    await enter(page, KEY);
    await isWhole(page);
  },
};
