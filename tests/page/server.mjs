// `synod serve` and `fake-ollama` as processes.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { assert, until } from './until.mjs';

/** The port is free now; it is the same after a restart of the server. */
export function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

const toml = (value) => JSON.stringify(value);

export class Server {
  /**
   * @param {string} binary
   * @param {string} folder of its configuration and data
   * @param {{ hosts?: Record<string, string | Record<string, unknown>>, agents?: Record<string, Record<string, unknown>>, settings?: Record<string, unknown>,
   *   debate?: Record<string, unknown> }} options
   */
  constructor(binary, folder, options = {}) {
    this.binary = binary;
    this.folder = folder;
    this.options = options;
    this.key = /** @type {string | undefined} */ (options.settings?.api_key);
    this.errors = path.join(folder, 'serve.log');
    this.port = 0;
  }

  async start() {
    this.port ||= await freePort();
    this.#configure();
    const log = fs.openSync(this.errors, 'a');
    const { PATH, LANG = 'C.UTF-8' } = process.env;
    this.process = spawn(this.binary, ['serve', '--port', String(this.port), '--config', 'synod.toml', '--data', 'data'], {
      cwd: this.folder,
      env: { PATH, LANG, HOME: this.folder, NO_COLOR: '1', RUST_BACKTRACE: '0' },
      stdio: ['ignore', log, log],
    });
    fs.closeSync(log);
    this.ended = new Promise((resolve) => this.process?.once('exit', (code, signal) => resolve(signal ?? code)));
    await until(() => this.process?.exitCode !== null || this.answers(), 'the server answers');
    assert(this.process.exitCode === null, this.log());
    return this;
  }

  #configure() {
    const { hosts = {}, agents = {}, settings = {}, debate } = this.options;
    const table = (name, values) => `[${name}]\n${Object.entries(values).map(([k, v]) => `${k} = ${toml(v)}\n`).join('')}`;
    const tables = [table('server', settings)];
    for (const [name, host] of Object.entries(hosts)) tables.push(table(`hosts.${name}`, typeof host === 'string' ? { url: host } : host));
    for (const [name, agent] of Object.entries(agents)) tables.push(table(`agents.${name}`, agent));
    if (debate) tables.push(table('debate', debate));
    fs.writeFileSync(path.join(this.folder, 'synod.toml'), tables.join('\n'));
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  log() {
    return fs.readFileSync(this.errors, 'utf8').slice(-2000);
  }

  async answers() {
    try {
      return (await fetch(`${this.url}/livez`)).ok;
    } catch {
      return false;
    }
  }

  /** Stops the server as a service manager does. */
  async stop() {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode) return;
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process?.kill('SIGKILL'), 20_000);
    const code = await this.ended;
    clearTimeout(late);
    assert(code === 0, `the server ended with ${code}: ${this.log()}`);
    assert(!this.log().includes('panicked'), this.log());
  }

  /** Kills the server as a power failure does. */
  async kill() {
    this.process?.kill('SIGKILL');
    await this.ended;
  }

  /** The JSON of a response, whatever its status. */
  async ask(method, place, body, headers = {}) {
    const response = await fetch(this.url + place, {
      method,
      headers: { ...(body ? { 'Content-Type': 'application/json' } : {}), ...(this.key ? { Authorization: `Bearer ${this.key}` } : {}), ...headers },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await response.text();
    let json = null;
    try {
      json = JSON.parse(text);
    } catch {}
    return { status: response.status, json, text, headers: response.headers };
  }

  /** As `ask`, but the request must succeed. */
  async must(method, place, body, headers) {
    const answer = await this.ask(method, place, body, headers);
    assert(answer.status < 300, `${method} ${place}: ${answer.status} ${answer.text.slice(0, 500)}`);
    return answer.json;
  }

  /** Creates a debate, which starts at once, and returns its id. */
  async create(config) {
    const { debate_id } = await this.must('POST', '/api/v1/debates', config);
    return debate_id;
  }

  control(id, action, more = {}) {
    return this.must('POST', `/debate/${id}/control`, { action, ...more });
  }

  read(id) {
    return this.must('GET', `/api/v1/debates/${id}`);
  }

  /** Waits until the debate has this status. */
  status(id, wanted, seconds = 60) {
    let last = '';
    return until(async () => (last = (await this.must('GET', `/debates/${id}`)).status) === wanted, () => `debate ${id} is ${wanted} (it is ${last})`, seconds);
  }

  /** The log of a debate, page by page. */
  async events(id) {
    const events = [];
    for (;;) {
      const after = events.at(-1)?.seq ?? 0;
      const { events: page } = await this.must('GET', `/api/v1/debates/${id}/events?after=${after}&limit=500`);
      if (!page.length) return events;
      events.push(...page);
    }
  }
}

/** `fake-ollama` with settings from `tests/README.md`. */
export class Simulator {
  constructor(binary, settings) {
    this.binary = binary;
    this.settings = settings;
  }

  async start() {
    this.port = await freePort();
    const settings = Object.fromEntries(Object.entries(this.settings).map(([k, v]) => [`SIM_${k.toUpperCase()}`, String(v)]));
    this.process = spawn(this.binary, [], { env: { ...process.env, ...settings, SIM_ADDR: `127.0.0.1:${this.port}` }, stdio: 'ignore' });
    this.ended = new Promise((resolve) => this.process?.once('exit', resolve));
    await until(async () => (await fetch(`${this.url}/api/version`)).ok, 'the simulator answers');
    return this;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async stats() {
    return (await fetch(`${this.url}/stats`)).json();
  }

  async stop() {
    this.process?.kill('SIGTERM');
    await this.ended;
  }
}
