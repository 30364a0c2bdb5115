// The dialog of a debate's links.

import { useEffect, useState } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { Dialog } from 'synod/parts/dialog.js';
import { ago } from 'synod/parts/time.js';
import { refusal } from 'synod/debate/refusal.js';

/**
 * @typedef {object} Archive
 * @property {(format: string) => Promise<Blob>} download
 * @property {{ list: () => Promise<any[]>, create: () => Promise<any>, revoke: (token: string) => Promise<any> }} shares
 */

/** @param {{ archive: Archive, isClosed: boolean, onClose: () => void }} props */
export function ShareDialog({ archive, isClosed, onClose }) {
  const [shares, setShares] = useState(/** @type {any[] | null} */ (null));
  const [fresh, setFresh] = useState(/** @type {any[]} */ ([]));
  const [message, setMessage] = useState('');
  const attempt = async (/** @type {() => Promise<void>} */ command) => {
    setMessage('');
    try {
      await command();
    } catch (error) {
      setMessage(refusal(error));
    }
  };
  useEffect(() => {
    attempt(async () => setShares(await archive.shares.list()));
  }, []);
  const create = () =>
    attempt(async () => {
      const share = await archive.shares.create();
      setFresh([share, ...fresh]);
      setShares(await archive.shares.list().catch(() => [share, ...(shares ?? [])]));
    });
  const revoke = (/** @type {string} */ token) =>
    attempt(async () => {
      await archive.shares.revoke(token);
      setFresh(fresh.filter((share) => share.token !== token));
      setShares((shares ?? []).filter((share) => share.token !== token));
      setMessage('Revoked: the link no longer works.');
    });
  const copy = async (/** @type {string} */ url) => {
    try {
      await navigator.clipboard.writeText(url);
      setMessage('Copied.');
    } catch {
      setMessage('The browser does not allow this page to copy. Select the link, and copy it yourself.');
    }
  };
  const shown = [...fresh, ...(shares ?? []).filter((share) => !fresh.some((other) => other.token === share.token))];
  return html`<${Dialog} title="Share this debate" onClose=${onClose}>
    <div class="stack">
      <p>Anyone with the link can ${isClosed ? 'read and replay this debate' : 'watch this debate, and read it afterwards'}. It shows nothing else, and changes nothing.</p>
      ${shown.map(
        (share) => html`<div class="share-link" key=${share.token}>
          ${share.path
            ? html`<input readonly value=${linkOf(share)} aria-label="Link to share" onFocus=${(/** @type {any} */ event) => event.target.select()} />
                <button type="button" onClick=${() => copy(linkOf(share))}>Copy</button>`
            : html`<span class="soft small">A link created ${ago(share.created_at)}</span>`}
          <button type="button" class="quiet danger" onClick=${() => revoke(share.token)}>Revoke</button>
        </div>`,
      )}
      ${shares !== null && shown.length === 0 && html`<p class="soft">There is no link yet.</p>`}
      <p role="status" class="small">${message}</p>
    </div>
    <div class="dialog-actions">
      <button type="button" class="quiet" onClick=${onClose}>Close</button>
      <button type="button" class="primary" onClick=${create}>Create a link</button>
    </div>
  <//>`;
}

/** The address to send. The server states the path as it is published, with its prefix. @param {any} share */
const linkOf = (share) => new URL(share.path, document.baseURI).href;
