// The marks of speakers and of options, the same wherever they appear: a letter in a shape in a hue, and a number in a
// square without a hue.

import { h } from 'preact';

/**
 * The mark of the participant with this index. Hidden from screen readers: the name is beside it, or is
 * given as `label`.
 *
 * @param {{ index: number, small?: boolean, ghost?: boolean, label?: string, title?: string }} props
 */
export function Mark({ index, small, ghost, label, title }) {
  return h(
    'span',
    {
      class: `mark${small ? ' small' : ''}${ghost ? ' ghost' : ''}`,
      'data-hue': index % 8,
      // Sixteen participants differ in hue or shape.
      'data-shape': (index + Math.floor(index / 8) * 3) % 8,
      title,
      ...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' }),
    },
    // As the participants know each other: Speaker A to Speaker P.
    String.fromCharCode(65 + index),
  );
}

/** The mark of the option with this index. Hidden from screen readers: its text is beside it. @param {{ index: number }} props */
export function OptionMark({ index }) {
  return h('span', { class: 'option-mark', 'data-option': index, 'aria-hidden': 'true' }, String(index + 1));
}
