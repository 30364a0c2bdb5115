// The HTTP client of the page: requests, problems, streams and the API key.

import { askForKey } from 'synod/api/key.js';
import { ApiProblem } from 'synod/api/problem.js';
import { problemOf } from 'synod/api/refusal.js';
import { SseParser } from 'synod/api/sse.js';

export { ApiProblem };

/** A stream without a byte for this long is dead: the server sends a comment every 9 s. */
const SILENCE_MS = 30_000;
const KEY_ITEM = 'synod.key';

/**
 * @typedef {object} RequestOptions
 * @property {AbortSignal} [signal]
 * @property {string} [idempotencyKey]
 * @property {string} [accept] media type; without it JSON
 * @property {'json' | 'text' | 'blob'} [as] what the answer is returned as
 *
 * @typedef {object} StreamOptions
 * @property {AbortSignal} [signal]
 * @property {() => void} [onOpen] called when the server has accepted the request
 */

export const api = {
  /** @param {string} path @param {RequestOptions} [options] @returns {Promise<any>} */
  get: (path, options) => send('GET', path, undefined, options),
  /** @param {string} path @param {unknown} [body] @param {RequestOptions} [options] @returns {Promise<any>} */
  post: (path, body, options) => send('POST', path, body, options),
  /** @param {string} path @param {unknown} [body] @param {RequestOptions} [options] @returns {Promise<any>} */
  patch: (path, body, options) => send('PATCH', path, body, options),
  /** @param {string} path @param {RequestOptions} [options] @returns {Promise<any>} */
  delete: (path, options) => send('DELETE', path, undefined, options),
  /** @param {string} path @param {RequestOptions} [options] @returns {Promise<Blob>} */
  blob: (path, options) => send('GET', path, undefined, { accept: '*/*', ...options, as: 'blob' }),
  stream,
  unlock,
};

/**
 * Resolves a path of the server, which may be published under a prefix.
 *
 * @param {string} path with or without the first slash
 */
export function urlOf(path) {
  return new URL(path.replace(/^\/+/, ''), document.baseURI).href;
}

/** Returns a new idempotency key. `crypto.randomUUID` is missing on plain http beyond loopback. */
export function newIdempotencyKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Reads server-sent events with `fetch`, which can send a key: the data of those that arrived together, parsed
 * from JSON. Ends when the server ends the stream, and throws an {@link ApiProblem} if it refuses or the
 * connection is lost.
 *
 * @param {string} path
 * @param {StreamOptions} [options]
 * @returns {AsyncGenerator<any[], void, void>}
 */
async function* stream(path, { signal, onOpen } = {}) {
  const silence = new AbortController();
  const abort = () => silence.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(lost()), SILENCE_MS);
  };
  try {
    wait();
    const response = await fetchWithKey(urlOf(path), {
      headers: { Accept: 'text/event-stream' },
      signal: silence.signal,
      cache: 'no-store',
    });
    if (!response.ok) throw await problemOf(response);
    onOpen?.();
    if (response.status === 204 || !response.body) return;
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const parser = new SseParser();
    try {
      for (;;) {
        wait();
        const { done, value } = await reader.read();
        if (done) break;
        const messages = parser.push(decoder.decode(value, { stream: true }));
        if (messages.length) yield messages.map(({ data }) => parsed(data, response.status));
      }
    } finally {
      reader.cancel().catch(() => {}); // The stream has ended or failed; nothing waits for it.
    }
  } catch (error) {
    throw signal?.aborted || error instanceof ApiProblem ? error : lost(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {RequestOptions} [options]
 */
async function send(method, path, body, { signal, idempotencyKey, accept, as = 'json' } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: accept ?? 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey;
  let response;
  try {
    response = await fetchWithKey(urlOf(path), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
  } catch (error) {
    throw signal?.aborted || error instanceof ApiProblem ? error : lost(error);
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return null;
  try {
    if (as === 'blob') return await response.blob();
    const text = await response.text();
    return as === 'text' ? text : parsed(text, response.status);
  } catch (error) {
    throw signal?.aborted || error instanceof ApiProblem ? error : lost(error);
  }
}

/**
 * @param {string} text
 * @param {number} status
 */
function parsed(text, status) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiProblem({
      status,
      title: 'Unexpected answer',
      detail: 'The answer is not JSON. A proxy may have answered in place of Synod.',
      cause,
    });
  }
}

/** @type {string | null} */
let key = storedKey();
/** The dialog that is open, shared by all requests that wait for the key. @type {Promise<void> | null} */
let asking = null;
/** Whether the reader closed the dialog: background requests do not open it again. */
let declined = false;

/**
 * Sends a request with the key. After a 401 the reader is asked for the key, and the request is repeated.
 *
 * @param {string} url
 * @param {RequestInit} init
 */
async function fetchWithKey(url, init) {
  for (;;) {
    const sent = key;
    const headers = new Headers(init.headers);
    if (sent) headers.set('Authorization', `Bearer ${sent}`);
    const response = await fetch(url, { ...init, headers, credentials: 'same-origin' });
    if (response.status !== 401 || declined) return response;
    if (key === sent) {
      if (sent) forgetKey();
      asking ??= ask(sent !== null).finally(() => (asking = null));
    }
    if (asking) await asking;
    if (key === null) return response;
  }
}

/** @param {boolean} wasWrong whether a key was sent and refused */
async function ask(wasWrong) {
  const given = await askForKey(wasWrong);
  declined = given === null;
  if (given === null) return;
  key = given;
  document.dispatchEvent(new Event('synod:key')); // What waits for the key goes on.
  try {
    sessionStorage.setItem(KEY_ITEM, given);
  } catch {
    // Storage is disabled: the key lasts until the page is left.
  }
}

/** Asks for the key again after the reader closed the dialog. Resolves when there is one, or not. */
async function unlock() {
  declined = false;
  asking ??= ask(false).finally(() => (asking = null));
  await asking;
  return key !== null;
}

function storedKey() {
  try {
    return sessionStorage.getItem(KEY_ITEM);
  } catch {
    return null;
  }
}

function forgetKey() {
  key = null;
  try {
    sessionStorage.removeItem(KEY_ITEM);
  } catch {
    // Storage is disabled: nothing is kept there.
  }
}

/** @param {unknown} [cause] */
function lost(cause) {
  return new ApiProblem({
    status: 0,
    title: 'No connection',
    detail: 'The server does not respond. It may have been stopped, or the network is down.',
    cause,
  });
}
