// What a person can do to a running debate: pause, resume, stop, call the vote, speak.

import { useRef, useState } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { Dialog } from 'synod/parts/dialog.js';
import { onOneLine } from 'synod/parts/text.js';
import { refusal } from 'synod/debate/refusal.js';
import { progress } from 'synod/debate/standing.js';

/**
 * @typedef {object} Commands
 * @property {(action: string, more?: object) => Promise<any>} control
 * @property {(text: string, author: string | null) => Promise<any>} interject
 * @property {() => Promise<any>} callVote
 */

/** @param {{ state: any, commands: Commands, say: (text: string) => void }} props `say` shows a short message */
export function Controls({ state, commands, say }) {
  const [dialog, setDialog] = useState('');
  const [busy, setBusy] = useState(false);
  /** @param {() => Promise<any>} command @param {string} done */
  const run = async (command, done) => {
    if (busy) return;
    setBusy(true);
    try {
      await command();
      if (done) say(done);
    } catch (error) {
      say(refusal(error));
    } finally {
      setBusy(false);
    }
  };
  const { status } = state;
  const isOpen = status === 'running' || status === 'paused';
  const canVote = isOpen && progress(state).stage === 'discussion';
  const resume = () => (state.pause?.reason === 'model_changed' ? setDialog('accept') : run(() => commands.control('resume'), ''));
  const close = () => setDialog('');
  return html`
    ${status === 'initialized' && html`<button type="button" class="primary" onClick=${() => run(() => commands.control('start'), '')}>Start</button>`}
    ${isOpen &&
    html`<button type="button" onClick=${() => setDialog('speak')}>Speak</button>
      <button type="button" disabled=${!canVote} title=${canVote ? 'End the discussion of this round' : 'The vote can be called during a discussion'} onClick=${() => run(commands.callVote, 'The vote is called. Open calls end first.')}>Vote now</button>
      <button type="button" class=${status === 'paused' ? 'primary' : ''} onClick=${status === 'paused' ? resume : () => run(() => commands.control('pause'), '')}>${status === 'paused' ? 'Resume' : 'Pause'}</button>`}
    ${status !== 'unknown' && html`<button type="button" onClick=${() => setDialog('stop')}>Stop</button>`}
    ${dialog === 'stop' &&
    html`<${Dialog} title="Stop this debate?" onClose=${close}>
      <p>It ends now, without a further vote, and cannot be continued. What was said and counted is kept.</p>
      <div class="dialog-actions">
        <button type="button" class="quiet" onClick=${close}>Let it go on</button>
        <button
          type="button"
          class="primary danger"
          onClick=${() => {
            close();
            run(() => commands.control('stop'), '');
          }}
        >
          Stop the debate
        </button>
      </div>
    <//>`}
    ${dialog === 'speak' && html`<${Speak} commands=${commands} onClose=${close} say=${say} />`}
    ${dialog === 'accept' && html`<${Accept} state=${state} onClose=${close} onResume=${(/** @type {boolean} */ accept) => {
      close();
      run(() => commands.control('resume', accept ? { accept_model_change: true } : {}), '');
    }} />`}
  `;
}

/** @param {{ commands: Commands, onClose: () => void, say: (text: string) => void }} props */
function Speak({ commands, onClose, say }) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy || !form.current) return;
    const data = new FormData(form.current);
    const text = String(data.get('text') ?? '').trim();
    if (!text) {
      setError('Write what you want to say.');
      return;
    }
    setBusy(true);
    try {
      await commands.interject(text, String(data.get('author') ?? '').trim() || null);
      say('Sent. All later calls include your message.');
      onClose();
    } catch (problem) {
      setError(refusal(problem));
      setBusy(false);
    }
  };
  return html`<${Dialog} title="Speak to all" onClose=${onClose}>
    <form ref=${form} onSubmit=${send}>
      <label for="speak-text">Your message</label>
      <textarea id="speak-text" name="text" rows="4" maxlength="4000" dir="auto" aria-describedby="speak-hint speak-error" aria-invalid=${error ? 'true' : undefined} />
      <p class="soft small" id="speak-hint">All speakers read it with their next call. You have no vote.</p>
      <label for="speak-author">Your name <span class="soft small">(optional; the models do not see it)</span></label>
      <input id="speak-author" name="author" maxlength="128" autocomplete="nickname" />
      <p class="field-error" id="speak-error" role="alert">${error}</p>
      <div class="dialog-actions">
        <button type="button" class="quiet" onClick=${onClose}>Cancel</button>
        <button type="submit" class="primary" aria-disabled=${busy}>Speak</button>
      </div>
    </form>
  <//>`;
}

/** @param {{ state: any, onClose: () => void, onResume: (accept: boolean) => void }} props */
function Accept({ state, onClose, onResume }) {
  const models = state.pause?.models ?? [];
  return html`<${Dialog} title="A model has changed" onClose=${onClose}>
    <p>The debate waits because a host serves other content under the same name:</p>
    <ul>
      ${models.map((/** @type {any} */ model) => html`<li key=${model.host + model.model}><b>${onOneLine(model.model)}</b> at ${onOneLine(model.host)}</li>`)}
    </ul>
    <p>Bring the recorded model back, or continue with the other one. The change is recorded.</p>
    <div class="dialog-actions">
      <button type="button" class="quiet" onClick=${() => onResume(false)}>It is back: resume</button>
      <button type="button" class="primary" onClick=${() => onResume(true)}>Continue with the changed model</button>
    </div>
  <//>`;
}
