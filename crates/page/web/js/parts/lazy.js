// Components whose modules are loaded when they are first drawn.

import { useEffect, useState } from 'preact/hooks';
import { html } from 'synod/parts/html.js';

/** @param {() => Promise<any>} load returns the component; until then, and if it fails, nothing is drawn */
export function lazy(load) {
  /** @type {any} */
  let Part = null;
  return (/** @type {any} */ props) => {
    const [, setLoaded] = useState(Part !== null);
    useEffect(() => {
      if (Part) return;
      load().then((loaded) => {
        Part = loaded;
        setLoaded(true);
      }, console.error);
    }, []);
    return Part && html`<${Part} ...${props} />`;
  };
}
