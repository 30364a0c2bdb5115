// Everything without a mouse.

import { isWhole, says, state, statement, verdict, visible } from './parts.mjs';
import { QUESTION, debate } from './story.mjs';
import { assert, until } from './until.mjs';

/** What has the focus: its role or tag, and its name. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return '';
  const label = element.getAttribute('aria-label') ?? [...(element.labels ?? [])].map((l) => l.textContent).join(' ');
  return `${element.tagName.toLowerCase()} ${label || element.textContent || ''}`.trim().replace(/\s+/g, ' ');
});

/** Presses Tab until the focus is on what matches. */
async function tabTo(page, pattern, most = 80) {
  const seen = [];
  for (let i = 0; i < most; i += 1) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (pattern.test(now)) return now;
    seen.push(now.slice(0, 30));
  }
  throw new Error(`${most} tabs do not reach ${pattern}: ${seen.slice(0, 60).join(' · ')}`);
}

/** The focus can be seen: an outline or another shadow. */
async function isSeen(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element) return false;
    const marked = (e) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(e);
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
    };
    for (let e = element, i = 0; e && i < 3; e = e.parentElement, i += 1) if (marked(e)) return true;
    return false;
  });
}

export const tests = {
  'a debate is asked, paused, spoken to, resumed and stopped': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    const page = await world.page(server, { at: '/d' });
    await isWhole(page);
    await page.keyboard.press('Tab');
    assert(/skip/i.test(await focused(page)), `the first stop is “${await focused(page)}”`);
    assert(await isSeen(page), 'the focus is not seen');
    await page.keyboard.press('Enter');
    assert(await page.evaluate(() => document.activeElement?.matches('main, main *')), 'the link skips to the main part');
    await page.goto('/');
    await isWhole(page);
    if (!/^textarea/.test(await focused(page))) await tabTo(page, /^textarea/);
    await page.keyboard.type(QUESTION);
    await tabTo(page, /^button (start|begin|ask)/i);
    assert(await isSeen(page), 'the focus is not seen');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/d\/[0-9a-f-]{36}/);
    const id = page.url().match(/[0-9a-f-]{36}/)?.[0];
    await until(() => host.active.size > 0, 'the panel speaks');

    await tabTo(page, /^button pause/i);
    await page.keyboard.press('Enter');
    host.release();
    await server.status(id, 'paused');
    await says(state(page), /paused/i);
    // The focus is not lost with the button that went.
    assert((await focused(page)) !== '', 'the focus is lost');
    await tabTo(page, /^button speak/i);
    await page.keyboard.press('Enter');
    await until(async () => /^(textarea|input)/.test(await focused(page)), 'the focus is in the field');
    await page.keyboard.type('Said without a mouse.');
    await tabTo(page, /^button (say|send|speak)/i);
    await page.keyboard.press('Enter');
    await visible(page.getByText('Said without a mouse.'));
    host.hold();
    await tabTo(page, /^button resume/i);
    await page.keyboard.press('Space');
    await server.status(id, 'running');
    await tabTo(page, /^button stop/i);
    await page.keyboard.press('Enter');
    await visible(page.getByRole('dialog'));
    assert(await page.evaluate(() => document.activeElement?.closest('dialog,[role="dialog"]') !== null), 'the focus is not in the dialog');
    if (!/^button .*stop/i.test(await focused(page))) await tabTo(page, /^button .*stop/i, 10);
    await page.keyboard.press('Enter');
    await visible(verdict(page));
    host.release();
  },

  'rounds are stepped through with the arrows': async (world) => {
    const host = await world.host();
    const server = await world.server(host);
    const id = await server.create(debate());
    await server.status(id, 'completed');
    const page = await world.page(server, { at: `/d/${id}`, reducedMotion: 'reduce', height: 600 });
    await visible(verdict(page));
    const inView = (n) => statement(page, n).first().evaluate((e) => {
      const { top, bottom } = e.getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    });
    const rounds = page.getByRole('navigation', { name: /rounds/i });
    // The part that was stepped to has the focus, and its number is in the address.
    const step = () => page.evaluate(() => `${location.hash} ${document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.slice(0, 40)}`);
    const steps = [await step()];
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) {
      await page.keyboard.press(key);
      await until(async () => (await step()) !== steps.at(-1), () => `the right arrow goes on from ${steps.join(', ')}`);
      steps.push(await step());
    }
    await page.keyboard.press('ArrowLeft');
    await until(async () => (await step()) === steps.at(-2), () => `the left arrow goes back to ${steps.at(-2)}`);
    await rounds.getByRole('link').or(rounds.getByRole('button')).filter({ hasText: /round 2/i }).first().click();
    await until(() => inView(11), 'round 2 begins with statement 11');
  },

  'no stop of the keyboard is a trap, and each can be seen': async (world) => {
    const host = await world.host();
    const server = await world.server(host);
    const id = await server.create(debate());
    await server.status(id, 'completed');
    for (const at of ['/', '/d', `/d/${id}`, '/panel']) {
      const page = await world.page(server, { at });
      await isWhole(page);
      await page.waitForLoadState('networkidle').catch(() => {});
      const stops = new Set();
      let out = false;
      for (let i = 0; i < 200 && !out; i += 1) {
        await page.keyboard.press('Tab');
        const now = await focused(page);
        out = now === '';
        if (out) break;
        assert(await isSeen(page), `${at}: the focus on “${now.slice(0, 80)}” is not seen`);
        stops.add(`${i} ${now}`);
      }
      assert(out, `${at}: 200 tabs do not leave the page`);
      assert(stops.size > 3, `${at}: only ${stops.size} stops`);
      await page.context().close();
    }
  },
};
