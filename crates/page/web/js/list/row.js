// A debate in a list: its question, how it came out, and when.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { api } from 'synod/api.js';
import { resultOf, statusWord } from 'synod/list/words.js';
import { html } from 'synod/parts/html.js';
import { Text, onOneLine } from 'synod/parts/text.js';
import { ago, counted, dateTime } from 'synod/parts/time.js';

/** Verdicts that were read, by debate and last event: they are read once. @type {Map<string, any>} */
const verdicts = new Map();

/** @param {{ summary: any, level?: number, onDelete?: () => void }} props */
export function Row({ summary, level = 3, onDelete }) {
  const row = useRef(/** @type {HTMLLIElement | null} */ (null));
  const view = useVerdict(summary, row);
  const { answer, words } = resultOf(summary, view);
  const isLive = summary.status === 'running' || summary.status === 'paused';
  return html`
    <li class="debate-row" ref=${row}>
      <div class="debate-text">
        <${`h${level}`} class="debate-question" dir="auto">
          <a class="plain" href=${`d/${summary.debate_id}`}>${onOneLine(summary.debate_topic)}</a>
        <//>
        <p class="debate-result small">
          ${isLive && html`<span class=${summary.status === 'running' ? 'live-dot' : 'live-dot paused'} aria-hidden="true"></span>`}
          ${answer && html`<b><${Text}>${answer}<//></b> `}
          <span class="soft">${words}</span>
        </p>
      </div>
      <p class="debate-when soft small">
        <time datetime=${summary.created_at} title=${dateTime(summary.created_at)}>${ago(summary.created_at)}</time>
        <span>${counted(summary.selected_agents.length, 'speaker')}</span>
      </p>
      ${onDelete &&
      html`<button
        type="button"
        class="quiet debate-delete"
        onClick=${onDelete}
        disabled=${isLive}
        title=${isLive ? `${statusWord(summary.status)}: stop it before you delete it` : undefined}
        aria-label=${`Delete: ${summary.debate_topic.slice(0, 80)}`}
      >
        Delete
      </button>`}
    </li>
  `;
}

/**
 * Reads the verdict of an ended debate when its row comes into sight.
 *
 * @param {any} summary
 * @param {{ current: HTMLLIElement | null }} row
 */
function useVerdict(summary, row) {
  const key = `${summary.debate_id} ${summary.seq}`;
  const view = useSignal(verdicts.get(key));
  useEffect(() => {
    if (!summary.outcome || view.peek() || !row.current) return undefined;
    const stop = new AbortController();
    const observer = new IntersectionObserver(async ([entry]) => {
      if (!entry?.isIntersecting) return;
      observer.disconnect();
      try {
        const { verdict, options } = await api.get(`api/v1/debates/${summary.debate_id}`, { signal: stop.signal });
        verdicts.set(key, { verdict, options });
        view.value = verdicts.get(key);
      } catch {
        // The row shows what the list says: the outcome.
      }
    });
    observer.observe(row.current);
    return () => {
      observer.disconnect();
      stop.abort();
    };
  }, [key]);
  return view.value;
}
