// Times and amounts in words.

/** Milliseconds as a clock: `4:12`, `1:02:03`. @param {number} ms */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Milliseconds as the transcripts have them: `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`. @param {number} ms */
export function span(ms) {
  const seconds = Math.floor(ms / 1000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  if (seconds === 0) return `${ms} ms`;
  if (seconds < 60) return `${seconds}.${Math.floor((ms % 1000) / 100)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
}

/** A time as date and time of this reader. @param {number | string} at */
export function dateTime(at) {
  return new Date(at).toLocaleString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' });
}

/** How long ago a time was: `just now`, `5 min ago`, `yesterday`. @param {number | string} at @param {number} [now] */
export function ago(at, now = Date.now()) {
  const seconds = Math.max(0, (now - new Date(at).getTime()) / 1000);
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 172_800) return 'yesterday';
  return new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
}

/** A number with groups: `31,480`. @param {number} n */
export const grouped = (n) => n.toLocaleString('en');

/** A number with its noun: `1 call`, `0 calls`. @param {number} n @param {string} noun */
export const counted = (n, noun) => `${grouped(n)} ${noun}${n === 1 ? '' : 's'}`;

const NUMBERS = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

/** A small number as a word, a larger one in digits. @param {number} n */
export const inWords = (n) => NUMBERS[n] ?? String(n);

/** The text with a capital first letter. @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** A list in words: `A`, `A and B`, `A, B and C`. @param {string[]} items */
export function listed(items) {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}
