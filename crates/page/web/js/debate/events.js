// The events of a debate as a stream.

import { api } from 'synod/api.js';

/** The path of a debate's routes. @param {{ id?: string, token?: string }} props */
export const pathOf = ({ id, token }) => (token ? `share/${encodeURIComponent(token)}` : `api/v1/debates/${encodeURIComponent(id ?? '')}`);

/**
 * Reads the messages after an event.
 *
 * @param {string} path
 * @param {number} after
 * @param {{ signal: AbortSignal, onOpen: () => void }} options
 */
export const messagesOf = (path, after, options) => api.stream(`${path}/events?after=${after}&render=html&deltas=true&progress=true`, options);
