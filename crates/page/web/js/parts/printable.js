// Text of models and people without the characters that could control a page. Pure.

// Control characters except TAB and LF, and marks that change the direction of writing.
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Removes the characters that could control a page, as the transcripts of the server do.
 *
 * @param {unknown} text
 */
export function printable(text) {
  return String(text ?? '')
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(UNPRINTABLE, '');
}

/**
 * The printable text on one line.
 *
 * @param {unknown} text
 */
export function onOneLine(text) {
  return printable(text).replace(/\s+/g, ' ').trim();
}

/** Letters that are written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/**
 * A text within a sentence, of which it does not change the order: the sentence is written from left to right.
 *
 * @param {string} text on one line
 */
export const isolated = (text) => (RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text);

/**
 * Shortens a text on one line at the end of a word.
 *
 * @param {unknown} text
 * @param {number} most characters
 */
export function shortened(text, most) {
  const chars = Array.from(onOneLine(text));
  if (chars.length <= most) return chars.join('');
  const cut = chars.slice(0, most - 1).join('');
  const space = cut.lastIndexOf(' ');
  return `${space > most / 2 ? cut.slice(0, space) : cut}…`;
}
