// A model host with Ollama's wire protocol whose replies a test writes, and whose tokens a test lets through.

import http from 'node:http';

/**
 * A reply: `thought` and `text` are sent word by word, or as a `whole`, `pace` milliseconds apart; after `hold` words the call waits for
 * `letGo()`; `fail` is a status to answer instead.
 *
 * @typedef {{ text?: string, thought?: string, pace?: number, fail?: number, hold?: number, whole?: boolean }} Reply
 * @typedef {{ model: string, purpose: 'opening'|'argument'|'ballot'|'clerk'|'move', prompt: string, choices: string[], moved: string[],
 *   nth: number, schema: any }} Call `nth` counts the earlier calls of this kind in the debate, if each speaker has spoken in each round.
 */

const CREATED_AT = '2026-01-01T00:00:00Z';

export class Host {
  /**
   * @param {string[]} models
   * @param {(call: Call) => Reply} reply
   * @param {{ loadMs?: number }} settings
   */
  constructor(models, reply, settings = {}) {
    this.models = models;
    this.reply = reply;
    this.settings = settings;
    /** @type {Map<string, boolean>} */
    this.loaded = new Map();
    /** Chat calls in service. */
    this.active = new Set();
    /** @type {Call[]} */
    this.calls = [];
    this.tokens = 0;
    this.closedEarly = 0;
    this.gate = gate(true);
    this.held = gate(false);
    this.server = http.createServer((request, response) => this.#answer(request, response));
    this.server.on('connection', (socket) => socket.setNoDelay(true));
  }

  /** @param {number} port 0 means any. */
  async listen(port = 0) {
    await new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => resolve(undefined));
    });
    return this;
  }

  get port() {
    return /** @type {import('node:net').AddressInfo} */ (this.server.address()).port;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Holds every call at its next token, or at its first. */
  hold() {
    if (this.gate.isOpen) this.gate = gate(false);
  }

  /** Lets the calls through that are held, and all later ones. */
  release() {
    this.gate.open();
  }

  /** Lets the calls go on that were held by their replies, and all later ones. */
  letGo() {
    this.held.open();
  }

  /** Lets this number of tokens through, of all calls together. */
  allow(tokens) {
    this.gate.allow(tokens);
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  async #answer(request, response) {
    let text = '';
    for await (const part of request) text += part;
    const body = text ? JSON.parse(text) : {};
    const known = !body.model || this.models.includes(body.model);
    switch (`${request.method} ${request.url}`) {
      case 'GET /api/version':
        return json(response, { version: '0.24.0' });
      case 'GET /api/tags':
        return json(response, { models: this.models.map(listed) });
      case 'GET /api/ps':
        return json(response, { models: [...this.loaded.keys()].map(resident) });
      case 'POST /api/show':
        return known ? json(response, shown()) : missing(response, body.model);
      case 'POST /api/generate':
        if (!known) return missing(response, body.model);
        await this.#load(body.model);
        return json(response, { model: body.model, created_at: CREATED_AT, response: '', done: true, done_reason: 'load' });
      case 'POST /api/chat':
        return known ? this.#chat(body, response) : missing(response, body.model);
      default:
        return json(response, '404 page not found', 404);
    }
  }

  async #load(model) {
    if (this.loaded.has(model)) return;
    if (this.settings.loadMs) await after(this.settings.loadMs);
    this.loaded.set(model, true);
  }

  async #chat(body, response) {
    const call = this.#described(body);
    this.calls.push(call);
    this.active.add(call);
    const gone = new Promise((resolve) => response.once('close', () => resolve('gone')));
    let done = false;
    try {
      await this.#load(body.model);
      const reply = this.reply(call);
      if (reply.fail) return json(response, { error: 'the model failed' }, reply.fail);
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
      response.flushHeaders();
      const line = (message, more) =>
        response.write(`${JSON.stringify({ model: body.model, created_at: CREATED_AT, message: { role: 'assistant', content: '', ...message }, done: false, ...more })}\n`);
      const thought = pieces(reply.thought ?? '').map((thinking) => ({ thinking }));
      const words = reply.whole ? [reply.text ?? ''] : pieces(reply.text ?? '');
      const pause = reply.pace ?? 0;
      let sent = 0;
      for (const message of [...thought, ...words.map((content) => ({ content }))]) {
        if (sent === reply.hold && (await Promise.race([this.held.pass(), gone])) === 'gone') return;
        sent += 1;
        if ((await Promise.race([this.gate.pass(), gone])) === 'gone') return;
        if (pause && (await Promise.race([after(pause), gone])) === 'gone') return;
        if (response.destroyed) return;
        line(message);
        this.tokens += 1;
      }
      line({}, {
        done: true, done_reason: 'stop', total_duration: 1e9, load_duration: 1e6,
        prompt_eval_count: Math.ceil(call.prompt.length / 4), prompt_eval_duration: 1e8, eval_count: words.length + thought.length, eval_duration: 1e9,
      });
      response.end();
      done = true;
    } finally {
      this.active.delete(call);
      if (!done && response.destroyed) this.closedEarly += 1;
    }
  }

  /** @returns {Call} */
  #described(body) {
    const prompt = body.messages.map((m) => m.content).join('\n');
    const last = body.messages[body.messages.length - 1].content;
    const schema = JSON.stringify(body.format ?? {});
    const choices = body.format ? enumOf(body.format, 'choice') : [];
    const purpose = schema.includes('"choice"') ? 'ballot'
      : schema.includes('"options"') ? 'clerk'
      : schema.includes('"move"') || schema.includes('"action"') ? 'move'
      : /\nOpen\.?\s*/.test(last) ? 'opening' : 'argument';
    const speaker = [...prompt.matchAll(/You are Speaker (\w)/g)].at(-1)?.[1];
    const nth = Math.max(0, prompt.split(`[Speaker ${speaker}, statement`).length - 2);
    return { model: body.model, purpose, prompt, choices, moved: body.format ? enumOf(body.format, 'moved_by') : [], nth, schema: body.format };
  }
}

/** The values that a schema allows for a property, wherever it is. */
function enumOf(schema, property) {
  const found = [];
  const visit = (node) => {
    if (!node || typeof node !== 'object') return;
    const values = node.properties?.[property]?.enum;
    if (values) found.push(...values);
    Object.values(node).forEach(visit);
  };
  visit(schema);
  return [...new Set(found)];
}

function gate(isOpen) {
  let allowed = 0;
  let waiting = [];
  const it = {
    isOpen,
    open() {
      it.isOpen = true;
      waiting.splice(0).forEach((go) => go());
    },
    allow(tokens) {
      allowed += tokens;
      while (allowed > 0 && waiting.length) {
        allowed -= 1;
        waiting.shift()();
      }
    },
    pass() {
      if (it.isOpen) return Promise.resolve();
      if (allowed > 0) {
        allowed -= 1;
        return Promise.resolve();
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
  return it;
}

const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A whole number that looks random, the same for the same `n`. */
export const scattered = (n) => (Math.imul(n ^ (n >>> 15), 0x2c1b3c6d) >>> 7) & 0xffff;

/** Words with the space after them. */
export const pieces = (text) => text.match(/\S+\s*|\s+/g) ?? [];

function json(response, body, status = 200) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

const missing = (response, model) => json(response, { error: `model '${model}' not found` }, 404);

const details = { parent_model: '', format: 'gguf', family: 'llama', families: ['llama'], parameter_size: '8.0B', quantization_level: 'Q4_K_M' };

const listed = (model) => ({
  name: model, model, modified_at: CREATED_AT, size: 4_900_000_000, details,
  digest: [...model].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) % 2 ** 32, 7).toString(16).padStart(64, '0'),
});

const resident = (model) => ({ ...listed(model), size_vram: 4_900_000_000, expires_at: '2030-01-01T00:00:00Z', context_length: 8192 });

const shown = () => ({
  modelfile: '', parameters: '', template: '{{ .Prompt }}', details, modified_at: CREATED_AT, capabilities: ['completion', 'thinking'],
  model_info: { 'general.architecture': 'llama', 'general.parameter_count': 8_000_000_000, 'llama.context_length': 131_072 },
});
