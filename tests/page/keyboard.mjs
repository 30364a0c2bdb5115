// Everything without a mouse.

import { isWhole, says, state, statement, verdict, visible } from './parts.mjs';
import { CAST, QUESTION, debate } from './story.mjs';
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
    const page = await world.page(server);
    await isWhole(page);
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
    await page.keyboard.press('Tab');
    assert(/skip/i.test(await focused(page)), `the first stop is “${await focused(page)}”`);
    assert(await isSeen(page), 'the focus is not seen');
    await tabTo(page, /^textarea|question/i);
    await page.keyboard.type(QUESTION);
    await tabTo(page, /^button (start|begin|ask)/i);
    assert(await isSeen(page), 'the focus is not seen');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/d\/[0-9a-f-]{36}/);
    const id = page.url().match(/[0-9a-f-]{36}/)?.[0];
    await until(() => host.active.size > 1, 'the panel speaks');

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
    const page = await world.page(server, { at: `/d/${id}` });
    await visible(verdict(page));
    const inView = (n) => statement(page, n).first().evaluate((e) => {
      const { top, bottom } = e.getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    });
    await page.getByRole('main').focus().catch(() => {});
    const y = () => page.evaluate(() => `${scrollY} ${location.hash} ${document.activeElement?.textContent?.slice(0, 40)} ${document.querySelector('[aria-current]')?.textContent}`);
    const before = await y();
    await page.keyboard.press('ArrowRight');
    await until(async () => (await y()) !== before, 'the right arrow moves on');
    const there = await y();
    await page.keyboard.press('ArrowRight');
    await until(async () => (await y()) !== there, 'the right arrow moves on again');
    await page.keyboard.press('ArrowLeft');
    await until(async () => (await y()) === there, 'the left arrow goes back');
    await page.getByRole('navigation', { name: /rounds/i }).getByRole('link').or(page.getByRole('navigation', { name: /rounds/i }).getByRole('button')).filter({ hasText: /2/ }).first().click();
    await until(() => inView(11), 'round 2 begins with statement 11').catch(() => until(() => inView(12), 'round 2 is shown'));
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
    void CAST;
  },
};
