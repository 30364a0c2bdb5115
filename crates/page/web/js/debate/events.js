// The events of a debate as a stream. It can be opened before the view that reads it is loaded.

import { api } from 'synod/api.js';

/** For this long an opened stream waits for its reader. */
const PATIENCE_MS = 10_000;

/**
 * @typedef {object} Opened
 * @property {AsyncGenerator<import('synod/api.js').StreamMessage, void, void>} messages
 * @property {Promise<IteratorResult<import('synod/api.js').StreamMessage, void>>} first
 * @property {AbortController} controller
 * @property {() => void} onOpen
 * @property {boolean} isOpen
 */

/** Streams without a reader yet, by the path of the debate. @type {Map<string, Opened>} */
const waiting = new Map();

/** The path of a debate's routes. @param {{ id?: string, token?: string }} props */
export const pathOf = ({ id, token }) => (token ? `share/${encodeURIComponent(token)}` : `api/v1/debates/${encodeURIComponent(id ?? '')}`);

/** @param {string} path @param {number} after @param {{ signal: AbortSignal, onOpen: () => void }} options */
const open = (path, after, options) => api.stream(`${path}/events?after=${after}&render=html&deltas=true&progress=true`, options);

/** Opens the stream of a debate for the reader that is about to come. @param {string} path */
export function openAhead(path) {
  if (waiting.has(path)) return;
  const controller = new AbortController();
  const onOpen = () => {
    opened.isOpen = true;
    opened.onOpen();
  };
  const messages = open(path, 0, { signal: controller.signal, onOpen });
  /** @type {Opened} */
  const opened = { messages, first: messages.next(), controller, onOpen: () => {}, isOpen: false };
  opened.first.catch(() => {}); // The reader is told.
  waiting.set(path, opened);
  setTimeout(() => {
    if (waiting.get(path) !== opened) return;
    waiting.delete(path);
    controller.abort();
  }, PATIENCE_MS);
}

/**
 * Reads the messages after an event.
 *
 * @param {string} path
 * @param {number} after
 * @param {{ signal: AbortSignal, onOpen: () => void }} options
 */
export async function* messagesOf(path, after, options) {
  const opened = after === 0 ? waiting.get(path) : undefined;
  waiting.delete(path);
  if (!opened) {
    for await (const { data } of open(path, after, options)) yield data;
    return;
  }
  options.signal.addEventListener('abort', () => opened.controller.abort(options.signal.reason), { once: true });
  opened.onOpen = options.onOpen;
  if (opened.isOpen) options.onOpen();
  const first = await opened.first;
  if (first.done) return;
  yield first.value.data;
  for await (const { data } of opened.messages) yield data;
}
