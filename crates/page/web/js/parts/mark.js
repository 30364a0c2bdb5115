// The mark of a speaker, the same wherever it appears: a letter in a shape in a hue.

import { h } from 'preact';

/** The letter of a participant, as the participants know each other: Speaker A to Speaker P. @param {number} index */
export const letterOf = (index) => String.fromCharCode(65 + index);

/** @param {number} index */
export const hueOf = (index) => index % 8;

/**
 * The mark of the participant with this index. Hidden from screen readers: the name is beside it, or is
 * given as `label`.
 *
 * @param {{ index: number, size?: 'small' | 'large', small?: boolean, ghost?: boolean, label?: string, title?: string }} props
 */
export function Mark({ index, size, small, ghost, label, title }) {
  const kind = [small ? 'small' : size, ghost ? 'ghost' : ''].filter(Boolean).join(' ');
  return h(
    'span',
    {
      class: `mark ${kind}`.trim(),
      'data-hue': hueOf(index),
      // Sixteen participants differ in hue or shape.
      'data-shape': (index + Math.floor(index / 8) * 3) % 8,
      title,
      ...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' }),
    },
    letterOf(index),
  );
}
