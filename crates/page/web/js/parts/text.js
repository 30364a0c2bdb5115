// Text of models and people: it is hostile until shown to be harmless.

import { h } from 'preact';
import { onOneLine } from 'synod/parts/printable.js';

export { onOneLine, printable, shortened } from 'synod/parts/printable.js';

/**
 * An inline text of a model or a person, isolated from the direction of what is around it.
 *
 * @param {{ children?: any, class?: string, title?: string }} props
 */
export function Text({ children, ...rest }) {
  const text = Array.isArray(children) ? children.join('') : children;
  return h('bdi', { dir: 'auto', ...rest }, onOneLine(text));
}
