// The parts of the page, found by role and accessible name as a screen reader finds them.

import { assert, until } from './until.mjs';

/** @typedef {import('playwright-core').Page} Page */

export const main = (page) => page.getByRole('main');
export const title = (page) => page.getByRole('heading', { level: 1 });
export const button = (page, name) => page.getByRole('button', { name });
export const dialog = (page) => page.getByRole('dialog');
export const verdict = (page) => page.getByRole('region', { name: /verdict/i });

/** The finished statement with this number. */
export const statement = (page, n) => page.getByRole('article', { name: new RegExp(`statement ${n}\\b`, 'i') });

/** What an agent says at present. */
export const speaking = (page, name) => page.getByRole('article', { name: new RegExp(`${name}.*(speaking|writing|thinking|reading|loading|queued)`, 'i') })
  .or(page.getByRole('group', { name: new RegExp(`${name}.*(speaking|writing|thinking|reading|loading|queued)`, 'i') }));

/** The header that says how the debate stands. */
export const state = (page) => page.getByRole('region', { name: /state|debate/i }).or(page.getByRole('group', { name: /state|debate/i })).first();

export const visible = (locator, timeout = 15_000) => locator.first().waitFor({ state: 'visible', timeout });
export const hidden = (locator, timeout = 15_000) => locator.first().waitFor({ state: 'hidden', timeout });

/** Waits until the text of a part matches. */
export async function says(locator, pattern, seconds = 15) {
  let text = '';
  await until(async () => pattern.test((text = await locator.first().innerText())), () => `${pattern} is read in “${text.slice(0, 400)}”`, seconds);
  return text;
}

export async function fillStart(page, { question, options = [], agents = [], context = '' }) {
  await page.getByRole('textbox', { name: /question/i }).first().fill(question);
  if (context) {
    const field = page.getByRole('textbox', { name: /context|background/i });
    if (!(await field.isVisible())) await page.getByText(/context|background/i).first().click();
    await field.fill(context);
  }
  if (options.length) await choose(page, options);
  if (agents.length) await pick(page, agents);
}

async function choose(page, options) {
  const field = (n) => page.getByRole('textbox', { name: new RegExp(`(option|answer) ${n}\\b`, 'i') });
  if (!(await field(1).isVisible())) await press(page, /options|closed|choose|answers? (to|of)|given/i);
  for (const [at, text] of options.entries()) {
    if (!(await field(at + 1).isVisible())) await page.getByRole('button', { name: /add.*(option|answer)/i }).click();
    await field(at + 1).fill(text);
  }
}

/** A radio, tab or button with this name, whichever there is. */
async function press(page, name) {
  const any = page.getByRole('radio', { name }).or(page.getByRole('tab', { name })).or(page.getByRole('button', { name })).first();
  if ((await any.getAttribute('type')) === 'radio') await any.check({ force: true });
  else await any.click();
}

/** Checks exactly these agents. */
async function pick(page, agents) {
  const boxes = page.getByRole('checkbox');
  await visible(page.getByRole('checkbox', { name: agents[0] }));
  for (const box of await boxes.all()) {
    const name = await nameOf(box);
    const wanted = agents.some((agent) => name.includes(agent));
    if ((await box.isChecked()) !== wanted) await box.setChecked(wanted, { force: true });
  }
  for (const agent of agents) assert(await page.getByRole('checkbox', { name: agent }).first().isChecked(), `${agent} is not checked`);
}

/** The accessible name of an element as far as `aria-label` and labels make it. */
export const nameOf = (locator) => locator.evaluate((element) => {
  const labelled = element.getAttribute('aria-labelledby');
  const texts = labelled ? labelled.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? '') : [...(element.labels ?? [])].map((label) => label.textContent);
  return element.getAttribute('aria-label') ?? (texts.join(' ') || element.textContent || '');
});

/** Presses the button that starts the debate and returns its id. */
export async function start(page) {
  await page.getByRole('button', { name: /^(start|begin|ask)\b/i }).last().click();
  await page.waitForURL(/\/d\/[0-9a-f-]{36}/);
  return /** @type {string} */ (/\/d\/([0-9a-f-]{36})/.exec(page.url())?.[1]);
}

/** No horizontal scrolling of the page, and no button beyond its edges: what is fixed does not make a page scroll. */
export async function fits(page) {
  const { wide, view, what, cut } = await page.evaluate(() => {
    const view = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth;
    const clipped = (element) => {
      for (let up = element.parentElement; up; up = up.parentElement) if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return true;
      return false;
    };
    const over = wide <= view ? [] : [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > view + 1 && !clipped(e));
    const beyond = ({ left, right, width }) => width > 1 && (left < -1 || right > view + 1);
    const cut = [...document.querySelectorAll('button, .button')].filter((e) => beyond(e.getBoundingClientRect()) && !clipped(e)).map((e) => e.textContent?.trim());
    return { wide, view, cut, what: over.slice(0, 3).map((e) => `${e.tagName.toLowerCase()}.${e.className}`).join(', ') };
  });
  assert(wide <= view, `the page is ${wide} px wide in a window of ${view} px: ${what}`);
  assert(!cut.length, `in a window of ${view} px these are cut: ${cut.join(', ')}`);
}

/** Every view has one heading, one main part with text, and a title. */
export async function isWhole(page) {
  await visible(title(page));
  await until(async () => (await main(page).innerText()).trim().length > 10, 'the main part has text');
  assert((await page.getByRole('main').count()) === 1, 'there is not exactly one main part');
  assert((await title(page).count()) === 1, `there are ${await title(page).count()} headings of level 1`);
  assert((await page.title()).length > 3, 'the page has no title');
}
