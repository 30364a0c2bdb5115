// Why the server refused a command, in its words.

/** @param {any} error @returns {string} */
export function refusal(error) {
  const allowed = error?.allowed?.length ? ` Possible now: ${error.allowed.join(', ')}.` : '';
  const fields = error?.fields?.map((/** @type {any} */ field) => field.message).join(' ');
  return `${fields || error?.detail || error?.message || 'That did not work.'}${allowed}`;
}
