// The surroundings of one test: folder, hosts, servers and pages, all of which end with it.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { another, open } from './browser.mjs';
import { Host } from './host.mjs';
import { Server, Simulator } from './server.mjs';
import { CAST, MODELS, story } from './story.mjs';

/** What Chromium itself writes when a request gets an error, which a page cannot avoid. */
export const REFUSED = /Failed to load resource: the server responded with a status of \d+/;
export const LOST = /Failed to load resource: net::ERR_|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_NETWORK_CHANGED/;

export class World {
  /** @param {{ synod: string, simulator: string, browser: import('playwright-core').Browser }} tools */
  constructor(tools) {
    this.tools = tools;
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'synod-page-'));
    /** @type {(() => Promise<unknown>)[]} */
    this.endings = [];
    this.pages = [];
  }

  /** @param {ConstructorParameters<typeof Host>[1]} reply */
  async host(reply = story(), models = MODELS, settings = {}) {
    const host = await new Host(models, reply, settings).listen();
    this.endings.push(() => host.stop());
    return host;
  }

  async simulator(settings) {
    const simulator = await new Simulator(this.tools.simulator, settings).start();
    this.endings.push(() => simulator.stop());
    return simulator;
  }

  /** A server with the cast of the story on one host. */
  async server(host, options = {}) {
    const folder = fs.mkdtempSync(path.join(this.folder, 'server-'));
    const hosts = host ? { hall: { url: host.url, away_seconds: 5 } } : {};
    const server = new Server(this.tools.synod, folder, { hosts, agents: CAST, ...options });
    this.endings.push(() => server.stop());
    return server.start();
  }

  /** A page of the server, at its start unless `at` says where. `at: null` opens nothing. */
  async page(server, { at = '/', ...options } = {}) {
    const page = await open(this.tools.browser, server.url, options);
    this.pages.push(page);
    if (at !== null) await page.goto(at);
    return page;
  }

  /** Another tab beside a page. */
  async tab(page, server, at = '/') {
    const tab = await another(page, server.url);
    this.pages.push(tab);
    await tab.goto(at);
    return tab;
  }

  faults() {
    return this.pages.flatMap((page) => page.faults);
  }

  async close() {
    for (const context of new Set(this.pages.map((page) => page.context()))) await context.close().catch(() => {});
    const problems = [];
    for (const ending of this.endings.reverse()) await ending().catch((error) => problems.push(error.message));
    fs.rmSync(this.folder, { recursive: true, force: true });
    return problems;
  }
}
