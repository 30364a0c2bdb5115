// axe-core on every view, in light, dark and forced colours, while tokens stream.

import fs from 'node:fs';
import { createRequire } from 'node:module';

import { button, dialog, isWhole, main, speaking, statement, title, verdict, visible } from './parts.mjs';
import { CAST, debate, story } from './story.mjs';
import { assert, until } from './until.mjs';
import { REFUSED } from './world.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
export const THEMES = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  forced: { colorScheme: 'dark', forcedColors: 'active' },
};
const names = Object.values(CAST).map((agent) => agent.name);

/**
 * The violations of what is shown now. In forced colours the browser draws text in the colours of its user, while axe-core reads
 * `-webkit-text-fill-color`, which keeps the author's: contrast is judged in the other themes.
 */
export async function violations(page, where, forced = false) {
  // By the debugger's way, since the policy of the page allows no script of ours.
  await page.evaluate(AXE);
  const found = await page.evaluate(async ({ tags, forced }) => {
    const rules = { 'color-contrast': { enabled: !forced } };
    const { violations } = await window.axe.run(document, { runOnly: { type: 'tag', values: tags }, rules });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ''}`).join(' | ')}`);
  }, { tags: TAGS, forced });
  return found.map((violation) => `${where}: ${violation}`);
}

/** Runs axe on a view in each theme. */
async function inEachTheme(world, server, at, ready, more = {}) {
  const all = [];
  for (const [theme, options] of Object.entries(THEMES)) {
    for (const width of [360, 1280]) {
      const page = await world.page(server, { at, ...options, width, ...more });
      await ready(page);
      all.push(...(await violations(page, `${at} ${theme} ${width}`, theme === 'forced')));
      await page.context().close();
    }
  }
  assert(!all.length, [...new Set(all)].slice(0, 8).join('\n'));
}

/** A debate that streams slowly until the test ends. */
async function slow(world) {
  const host = await world.host(story({ pace: 150 }));
  const server = await world.server(host);
  const id = await server.create(debate());
  await until(() => host.active.size === 5, 'all five speak');
  return { host, server, id };
}

export const tests = {
  'start': async (world) => {
    const { server } = await slow(world);
    await inEachTheme(world, server, '/', isWhole);
  },

  'list, while a debate runs': async (world) => {
    const { server } = await slow(world);
    await inEachTheme(world, server, '/d', async (page) => {
      await isWhole(page);
      await visible(page.getByRole('link', { name: /close its centre/ }));
    });
  },

  'panel, while its agents speak': async (world) => {
    const { server } = await slow(world);
    await inEachTheme(world, server, '/panel', async (page) => {
      await isWhole(page);
      await visible(page.getByText(names[0]));
    });
  },

  'a debate while tokens stream': async (world) => {
    const { host, server, id } = await slow(world);
    await inEachTheme(world, server, `/d/${id}`, async (page) => {
      await visible(speaking(page, names[0]));
      const before = host.tokens;
      await until(() => host.tokens > before + 3, 'tokens stream');
    });
    assert(host.active.size > 0, 'the debate ended before axe did');
  },

  'a debate that is paused, and the dialogs of Stop and Speak': async (world) => {
    const host = await world.host();
    const server = await world.server(host);
    host.hold();
    const id = await server.create(debate());
    await until(() => host.active.size === 5, 'all five speak');
    await server.control(id, 'pause');
    host.release();
    await server.status(id, 'paused');
    await inEachTheme(world, server, `/d/${id}`, (page) => visible(button(page, /^resume/i)));
    await inEachTheme(world, server, `/d/${id}`, async (page) => {
      await button(page, /^stop/i).click();
      await visible(dialog(page));
    });
    await inEachTheme(world, server, `/d/${id}`, async (page) => {
      await button(page, /^speak/i).click();
      await visible(page.getByRole('textbox'));
    });
  },

  'a verdict': async (world) => {
    const host = await world.host();
    const server = await world.server(host);
    const id = await server.create(debate());
    await server.status(id, 'completed');
    await inEachTheme(world, server, `/d/${id}`, (page) => visible(verdict(page)));
  },

  'a replay': async (world) => {
    const host = await world.host();
    const server = await world.server(host);
    const id = await server.create(debate());
    await server.status(id, 'completed');
    await inEachTheme(world, server, `/d/${id}`, async (page) => {
      await button(page, /replay/i).or(page.getByRole('link', { name: /replay/i })).first().click();
      await visible(page.getByText(/1\s*×|speed/i));
    });
  },

  'errors: a debate that is not there, and a page that is not': async (world) => {
    const server = await world.server(await world.host());
    for (const at of ['/d/00000000-0000-4000-8000-000000000000', '/nowhere', '/share/nothing']) {
      await inEachTheme(world, server, at, isWhole, { expects: REFUSED });
    }
  },

  'a live region says finished paragraphs and no tokens': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    const id = await server.create(debate());
    const page = await world.page(server, { at: `/d/${id}` });
    await until(() => host.active.size === 5, 'all five speak');
    await visible(speaking(page, names[0]));
    await page.evaluate(() => {
      window.spoken = [];
      const live = '[aria-live="polite"],[aria-live="assertive"],[role="status"],[role="alert"],[role="log"],output';
      new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement;
          const region = element?.closest(live);
          if (region && !element?.closest('[aria-live="off"]')) window.spoken.push(region.textContent);
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    host.allow(100);
    await until(async () => (await speaking(page, names[2]).first().innerText()).split(/\s+/).length > 15, 'words are seen');
    const early = await page.evaluate(() => window.spoken);
    assert(!early.some((text) => /Through traffic|Three things are known/.test(text)), `tokens are read aloud: ${early.slice(0, 2)}`);
    await server.control(id, 'pause');
    host.release();
    await visible(statement(page, 5));
    await until(() => page.evaluate(() => window.spoken.some((text) => text.length > 10)), 'finished statements are read aloud');
  },

  'reduced motion: nothing moves for longer than an instant': async (world) => {
    const { server, id } = await slow(world);
    const page = await world.page(server, { at: `/d/${id}`, reducedMotion: 'reduce' });
    await visible(speaking(page, names[0]));
    const moving = await page.evaluate(() => document.getAnimations()
      .filter((animation) => animation.playState === 'running' && Number(animation.effect?.getComputedTiming().activeDuration) > 100)
      .map((animation) => animation.animationName ?? animation.transitionProperty));
    assert(!moving.length, `these move: ${moving}`);
  },

  'the views have titles of their own, and focus follows': async (world) => {
    const server = await world.server(await world.host());
    const page = await world.page(server);
    const titles = [await page.title()];
    for (const [name, at] of [[/debates/i, /\/d$/], [/panel|agents/i, /\/panel$/]]) {
      await page.getByRole('link', { name }).first().click();
      await page.waitForURL(at);
      await isWhole(page);
      titles.push(await page.title());
      await until(async () => page.evaluate(() => document.activeElement?.matches('h1, main, main *')), 'the focus is in the new view');
    }
    assert(new Set(titles).size === 3, `titles: ${titles}`);
    await page.goBack();
    await page.waitForURL(/\/d$/);
    await isWhole(page);
    await visible(main(page));
    await visible(title(page));
  },
};
