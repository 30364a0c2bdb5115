// Figures of the start page as people say them. No DOM.

/**
 * @param {number} seconds
 * @returns {string} as `40 seconds`, `4 minutes`, `2½ hours`
 */
export function duration(seconds) {
  if (seconds < 10) return 'a few seconds';
  if (seconds < 55) return `${Math.round(seconds / 5) * 5} seconds`;
  const minutes = Math.round(seconds / 60);
  if (minutes <= 1) return '1 minute';
  if (minutes < 90) return `${minutes < 20 ? minutes : Math.round(minutes / 5) * 5} minutes`;
  const halves = Math.round(seconds / 1800);
  const whole = Math.floor(halves / 2);
  return halves % 2 ? `${whole}½ hours` : `${whole} hours`;
}

/** @param {number} bytes decimal units, as hosts report sizes @returns {string} */
export function size(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
  return `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}
