/**
 * Polls a condition until it holds, and returns its value.
 *
 * @template T
 * @param {() => T | Promise<T>} condition
 * @param {string | (() => string)} what
 * @param {number} seconds
 */
export async function until(condition, what, seconds = 20) {
  const end = performance.now() + seconds * 1000;
  let problem = '';
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      problem = '';
    } catch (error) {
      problem = `: ${/** @type {Error} */ (error).message}`;
    }
    if (performance.now() > end) throw new Error(`${seconds} s passed before ${typeof what === 'string' ? what : what()}${problem}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** @param {unknown} condition @param {string} message @returns {asserts condition} */
export function assert(condition, message) {
  if (!condition) throw new Error(message);
}
