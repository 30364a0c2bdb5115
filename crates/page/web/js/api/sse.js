// Server-sent events, as the HTML standard defines the format.

/**
 * @typedef {object} SseMessage
 * @property {string} id the last id that the stream sent, `` before the first
 * @property {string} event `message` unless the stream says otherwise
 * @property {string} data
 */

/** Splits the text of a stream into messages, however it is cut. */
export class SseParser {
  #rest = '';
  #id = '';
  #event = '';
  /** @type {string[]} */
  #data = [];

  /**
   * @param {string} text the next piece of the stream
   * @returns {SseMessage[]}
   */
  push(text) {
    // A CR at the very end waits for the next piece: an LF may follow.
    const all = this.#rest + text;
    const end = all.endsWith('\r') ? all.length - 1 : all.length;
    const lines = all.slice(0, end).split(/\r\n?|\n/);
    this.#rest = lines.pop() + all.slice(end);
    /** @type {SseMessage[]} */
    const messages = [];
    for (const line of lines) {
      if (line !== '') {
        this.#field(line);
        continue;
      }
      if (this.#data.length) messages.push({ id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') });
      this.#data = [];
      this.#event = '';
    }
    return messages;
  }

  /** @param {string} line not empty */
  #field(line) {
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
  }
}
