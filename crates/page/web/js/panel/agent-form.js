// Adds an agent, or changes one.

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';

import { ApiProblem, api } from 'synod/api.js';
import { RepeatablePost } from 'synod/api/repeatable-post.js';
import { changesOf, idOf } from 'synod/panel/agent-draft.js';
import { Dialog } from 'synod/parts/dialog.js';
import { html } from 'synod/parts/html.js';
import { Field } from 'synod/start/field.js';
import { textOf } from 'synod/start/question.js';

/**
 * @param {object} props
 * @param {any} props.agent one without `agent_id` is new
 * @param {any[]} props.hosts
 * @param {any[]} props.models
 * @param {() => void} props.onClose
 * @param {(message: string) => void} props.onDone
 */
export function AgentForm({ agent, hosts, models, onClose, onDone }) {
  const isNew = !agent.agent_id;
  const draft = useSignal({
    agent_id: agent.agent_id ?? '',
    name: agent.name ?? '',
    expertise: agent.expertise ?? '',
    voice: agent.voice ?? '',
    host: agent.host ?? '',
    model: agent.model ?? '',
  });
  const hasOwnId = useSignal(false);
  const errors = useSignal(/** @type {Record<string, string>} */ ({}));
  const trouble = useSignal('');
  const isSending = useSignal(false);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const post = useRef(new RepeatablePost());

  const set = (/** @type {string} */ field, /** @type {string} */ text) => {
    const next = { ...draft.value, [field]: text };
    if (field === 'agent_id') hasOwnId.value = text !== '';
    if (field === 'name' && isNew && !hasOwnId.value) next.agent_id = idOf(text);
    draft.value = next;
    if (errors.value[field]) errors.value = Object.fromEntries(Object.entries(errors.value).filter(([name]) => name !== field));
  };

  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isSending.value) return;
    const body = changesOf(agent, draft.value);
    if (!isNew && !Object.keys(body).length) return onClose();
    isSending.value = true;
    trouble.value = '';
    try {
      if (isNew) await post.current.send('api/v1/agents', body);
      else await api.patch(`api/v1/agents/${encodeURIComponent(agent.agent_id)}`, body);
      onDone(isNew ? 'The agent is added.' : 'The agent is changed.');
    } catch (error) {
      isSending.value = false;
      refuse(error);
    }
    return undefined;
  };

  /** @param {unknown} error */
  const refuse = (error) => {
    if (!(error instanceof ApiProblem)) trouble.value = String(error);
    else if (error.status === 409 && isNew) errors.value = { agent_id: 'There is an agent of this id already.' };
    else if (error.fields.length) {
      errors.value = Object.fromEntries(error.fields.map(({ path, message }) => [path.split('.')[0] ?? '', message]));
      trouble.value = errors.value[''] ?? '';
    } else trouble.value = error.status === 404 ? 'This agent was removed meanwhile.' : error.detail;
    requestAnimationFrame(() => {
      const first = form.current?.querySelector('[aria-invalid="true"]');
      if (first instanceof HTMLElement) first.focus();
    });
  };

  /** @param {string} field @param {object} [more] */
  const input = (field, more = {}) => (/** @type {object} */ attributes) => html`
    <input type="text" dir="auto" autocomplete="off" ...${attributes} ...${more}
      value=${draft.value[/** @type {keyof typeof draft.value} */ (field)]}
      onInput=${(/** @type {Event} */ event) => set(field, textOf(event))} />
  `;
  const names = [...new Set(models.filter(({ chats }) => chats).map(({ name }) => name))];
  const hostNames = [...new Set([...hosts.map(({ name }) => name), ...(draft.value.host ? [draft.value.host] : [])])];
  return html`
    <${Dialog} title=${isNew ? 'Add an agent' : 'Change an agent'} onClose=${onClose}>
      <form class="agent-form" ref=${form} onSubmit=${send} novalidate>
        <${Field} id="agent-name" label="Name" error=${errors.value.name} hint="For people. Models do not read it.">
          ${input('name', { maxlength: 400 })}
        <//>
        ${isNew &&
        html`<${Field} id="agent-id" label="Id" error=${errors.value.agent_id} hint="For commands and requests.">
          ${input('agent_id', { maxlength: 128, dir: 'ltr', spellcheck: false, autocapitalize: 'off' })}
        <//>`}
        <${Field} id="agent-expertise" label="You are …" error=${errors.value.expertise}
          hint="Completes the sentence, as “a critic who looks for what can go wrong”.">
          ${(/** @type {object} */ attributes) => html`
            <textarea ...${attributes} dir="auto" rows="2" value=${draft.value.expertise} required
              onInput=${(/** @type {Event} */ event) => set('expertise', textOf(event))}></textarea>
          `}
        <//>
        <${Field} id="agent-voice" label="Speak …" error=${errors.value.voice} hint="As “bluntly, one objection at a time”.">
          ${input('voice', { maxlength: 400 })}
        <//>
        <div class="grid">
          <${Field} id="agent-model" label="Model" error=${errors.value.model}>
            ${input('model', { list: 'agent-models', placeholder: 'any', dir: 'ltr', spellcheck: false })}
          <//>
          <${Field} id="agent-host" label="Host" error=${errors.value.host}>
            ${(/** @type {object} */ attributes) => html`
              <select ...${attributes} value=${draft.value.host} onChange=${(/** @type {Event} */ event) => set('host', textOf(event))}>
                <option value="">any</option>
                ${hostNames.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
              </select>
            `}
          <//>
        </div>
        <datalist id="agent-models">${names.map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
        ${!isNew && html`<p class="hint">Debates that run are not affected.</p>`}
        ${trouble.value && html`<p class="field-error" role="alert">${trouble.value}</p>`}
        <div class="dialog-actions">
          <button type="button" onClick=${onClose}>Cancel</button>
          <button type="submit" class="primary" aria-disabled=${isSending.value}>${isNew ? 'Add the agent' : 'Save'}</button>
        </div>
      </form>
    <//>
  `;
}
