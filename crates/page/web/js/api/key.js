// The dialog that asks for the API key. Built by script alone: it is needed before any view is drawn.

/**
 * Asks for the key of the server.
 *
 * @param {boolean} wasWrong whether the key given before was refused
 * @returns {Promise<string | null>} null if the reader closes the dialog
 */
export function askForKey(wasWrong) {
  const input = el('input', { type: 'password', name: 'key', id: 'api-key', required: true, autocomplete: 'current-password' });
  // Password managers file a password under a name.
  const user = el('input', { type: 'text', autocomplete: 'username', value: 'synod', hidden: true, readOnly: true });
  const hint = el('p', { id: 'api-key-hint', className: 'soft small' });
  hint.textContent =
    'This server asks for its key: the value of api_key in synod.toml. It is kept until this tab is closed.';
  const error = el('p', { id: 'api-key-error', className: 'field-error' });
  error.setAttribute('role', 'alert');
  error.textContent = wasWrong ? 'The server refused this key. Check it, and enter it again.' : '';
  input.setAttribute('aria-describedby', wasWrong ? 'api-key-error api-key-hint' : 'api-key-hint');
  if (wasWrong) input.setAttribute('aria-invalid', 'true');

  const title = el('h2', { id: 'api-key-title', textContent: 'Key of this server' });
  const label = el('label', { htmlFor: 'api-key', textContent: 'API key' });
  const cancel = el('button', { type: 'button', className: 'quiet', textContent: 'Cancel' });
  const submit = el('button', { type: 'submit', className: 'primary', textContent: 'Continue' });
  const actions = el('div', { className: 'dialog-actions' });
  actions.append(cancel, submit);
  const form = el('form', { method: 'dialog', noValidate: true });
  form.append(title, hint, user, label, input, error, actions);
  const dialog = el('dialog', { className: 'dialog key-dialog' });
  dialog.setAttribute('aria-labelledby', 'api-key-title');
  dialog.append(form);
  document.body.append(dialog);

  return new Promise((resolve) => {
    /** @type {string | null} */
    let given = null;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const value = input.value.trim();
      if (value === '' || /[^\x21-\x7e]/.test(value)) {
        error.textContent =
          value === '' ? 'Enter the key.' : 'A key consists of visible ASCII characters, without spaces.';
        input.setAttribute('aria-invalid', 'true');
        input.setAttribute('aria-describedby', 'api-key-error api-key-hint');
        input.focus();
        return;
      }
      given = value;
      dialog.close();
    });
    cancel.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(given);
    });
    dialog.showModal();
    input.focus();
  });
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} properties
 * @returns {HTMLElementTagNameMap[K]}
 */
function el(tag, properties) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) Reflect.set(element, name, value);
  return element;
}
