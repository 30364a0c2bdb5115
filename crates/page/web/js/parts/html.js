// Templates: htm bound to preact.

import htm from 'htm';
import { Component, h } from 'preact';

/** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */
export const html = htm.bind(h);

/**
 * A component that is drawn again only if one of its properties is another value.
 *
 * @param {(props: any) => any} draw
 * @returns {any}
 */
export function memo(draw) {
  return class extends Component {
    /** @param {Record<string, any>} next */
    shouldComponentUpdate(next) {
      const now = /** @type {Record<string, any>} */ (this.props);
      const names = new Set([...Object.keys(now), ...Object.keys(next)]);
      return [...names].some((name) => now[name] !== next[name]);
    }

    render() {
      return h(draw, /** @type {any} */ (this.props));
    }
  };
}
