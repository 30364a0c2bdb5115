// A POST request that has its effect once, however often it is sent after a lost answer.

import { api, newIdempotencyKey } from 'synod/api.js';

/** Sends the bodies of one form. A body keeps its idempotency key until it has succeeded. */
export class RepeatablePost {
  #body = '';
  #key = '';

  /** @param {string} path @param {object} body @returns {Promise<any>} */
  async send(path, body) {
    const text = JSON.stringify(body);
    if (this.#body !== text) {
      this.#body = text;
      this.#key = newIdempotencyKey();
    }
    const answer = await api.post(path, body, { idempotencyKey: this.#key });
    this.#body = '';
    return answer;
  }
}
