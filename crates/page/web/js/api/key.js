// The dialog that asks for the API key. It is drawn beside the views: a key may be needed before there is one.

import { render } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from 'synod/parts/dialog.js';
import { html } from 'synod/parts/html.js';

/**
 * Asks for the key of the server.
 *
 * @param {boolean} wasWrong whether the key given before was refused
 * @returns {Promise<string | null>} null if the reader closes the dialog
 */
export function askForKey(wasWrong) {
  const place = document.createElement('div');
  document.body.append(place);
  return new Promise((resolve) => {
    const onGiven = (/** @type {string | null} */ key) => {
      render(null, place);
      place.remove();
      resolve(key);
    };
    render(html`<${KeyDialog} wasWrong=${wasWrong} onGiven=${onGiven} />`, place);
  });
}

/** @param {{ wasWrong: boolean, onGiven: (key: string | null) => void }} props */
function KeyDialog({ wasWrong, onGiven }) {
  const [error, setError] = useState(wasWrong ? 'The server refused this key. Check it, and enter it again.' : '');
  const send = (/** @type {any} */ event) => {
    event.preventDefault();
    const { key } = event.currentTarget.elements;
    const given = key.value.trim();
    if (given && !/[^\x21-\x7e]/.test(given)) return onGiven(given);
    setError(given ? 'A key consists of visible ASCII characters, without spaces.' : 'Enter the key.');
    key.focus();
  };
  return html`<${Dialog} title="Key of this server" onClose=${() => onGiven(null)}>
    <form novalidate onSubmit=${send}>
      <p id="api-key-hint" class="soft small">This server asks for its key: the value of api_key in synod.toml. It is kept until this tab is closed.</p>
      ${/* Password managers file a password under a name. */ ''}
      <input type="text" autocomplete="username" value="synod" hidden readonly />
      <label for="api-key">API key</label>
      <input
        type="password"
        name="key"
        id="api-key"
        required
        autocomplete="current-password"
        aria-describedby="api-key-error api-key-hint"
        aria-invalid=${error ? 'true' : undefined}
      />
      <p id="api-key-error" class="field-error" role="alert">${error}</p>
      <div class="dialog-actions">
        <button type="button" class="quiet" onClick=${() => onGiven(null)}>Cancel</button>
        <button type="submit" class="primary">Continue</button>
      </div>
    </form>
  <//>`;
}
