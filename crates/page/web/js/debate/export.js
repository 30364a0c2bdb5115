// Exports of a debate.

import { refusal } from 'synod/debate/refusal.js';

/** @typedef {import('synod/debate/share.js').Archive} Archive */

/** The formats of an export. */
export const FORMATS = [
  { format: 'html', text: 'One HTML file', detail: 'Plays the debate without a server' },
  { format: 'md', text: 'Markdown', detail: 'To read, print or paste' },
  { format: 'json', text: 'JSON', detail: 'The transcript as data' },
  { format: 'ndjson', text: 'NDJSON', detail: 'All events, for synod import' },
];

/** @param {Archive} archive @param {string} id @param {string} format @param {(text: string) => void} say */
export async function save(archive, id, format, say) {
  try {
    const url = URL.createObjectURL(await archive.download(format));
    const link = document.createElement('a');
    link.href = url;
    link.download = `synod-${id}.${format}`;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 30_000);
  } catch (error) {
    say(refusal(error));
  }
}
