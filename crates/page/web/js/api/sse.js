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
   * @returns {Generator<SseMessage, void, void>}
   */
  *push(text) {
    this.#rest += text;
    let from = 0;
    for (;;) {
      const end = this.#lineEnd(from);
      if (!end) break;
      const line = this.#rest.slice(from, end.at);
      from = end.next;
      if (line !== '') {
        this.#field(line);
      } else if (this.#data.length) {
        yield { id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') };
        this.#data = [];
        this.#event = '';
      } else {
        this.#event = '';
      }
    }
    this.#rest = this.#rest.slice(from);
  }

  /** Finds CR, LF or CRLF. A CR at the very end waits for the next piece: an LF may follow. @param {number} from */
  #lineEnd(from) {
    const text = this.#rest;
    for (let at = from; at < text.length; at += 1) {
      const char = text.charCodeAt(at);
      if (char === 10) return { at, next: at + 1 };
      if (char === 13) {
        if (at + 1 === text.length) return null;
        return { at, next: text.charCodeAt(at + 1) === 10 ? at + 2 : at + 1 };
      }
    }
    return null;
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
