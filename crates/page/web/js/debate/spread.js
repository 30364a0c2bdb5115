// Places for the labels of a chart. Pure.

/**
 * Moves labels apart that would lie on each other.
 *
 * @param {number[]} wanted where each label would be
 * @param {number} lowest
 * @param {number} [gap]
 */
export function spread(wanted, lowest, gap = 17) {
  const order = wanted.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at);
  for (let i = 1; i < order.length; i += 1) {
    const [above, below] = [/** @type {any} */ (order[i - 1]), /** @type {any} */ (order[i])];
    if (below.at - above.at < gap) below.at = above.at + gap;
  }
  const over = Math.max(0, (order[order.length - 1]?.at ?? 0) - lowest);
  const placed = wanted.slice();
  for (const { at, i } of order) placed[i] = at - over;
  return placed;
}
