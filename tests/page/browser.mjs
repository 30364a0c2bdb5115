// Chromium, and pages that record what a page must not do: messages on the console, violations of its policy, requests to elsewhere.

import { execFileSync } from 'node:child_process';

import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage', '--force-color-profile=srgb', '--font-render-hinting=none',
];

export function chromiumPath() {
  return process.env.CHROMIUM ?? execFileSync('sh', ['-c', 'command -v chromium chromium-browser google-chrome | head -1'], { encoding: 'utf8' }).trim();
}

export const launch = () => chromium.launch({ executablePath: chromiumPath(), args: FLAGS });

/**
 * A page in a context of its own. `page.faults` holds what it must not do.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} base
 * @param {import('playwright-core').BrowserContextOptions & { width?: number, height?: number, expects?: RegExp }} options
 */
export async function open(browser, base, options = {}) {
  const { width = 1280, height = 900, expects, ...rest } = options;
  const context = await browser.newContext({ baseURL: base, viewport: { width, height }, locale: 'en-GB', timezoneId: 'UTC', ...rest });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  return watched(page, base, expects);
}

/** Another tab of the same browser window. */
export const another = async (page, base) => watched(await page.context().newPage(), base);

/** @param {import('playwright-core').Page} page @param {string} base @param {RegExp} [expects] */
async function watched(page, base, expects) {
  const faults = [];
  const fault = (text) => {
    if (!page.expected?.test(text)) faults.push(text);
  };
  page.expected = expects;
  page.faults = faults;
  page.on('console', (message) => fault(`console ${message.type()}: ${message.text()} (${message.location().url})`));
  page.on('pageerror', (error) => fault(`uncaught ${error.message}\n${error.stack?.split('\n')[1] ?? ''}`));
  page.on('dialog', (dialog) => {
    fault(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!/^(data|blob|about):/.test(url) && !url.startsWith(base)) fault(`request to elsewhere: ${url}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
  });
  return page;
}
