// What a screen reader is told while a debate runs: finished statements, counts and the verdict, never tokens.

import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { onOneLine, printable } from 'synod/parts/printable.js';
import { nameOf } from 'synod/debate/standing.js';
import { kindLine } from 'synod/debate/conclusion.js';
import { pauseInWords, silence } from 'synod/debate/words.js';

/** @param {{ store: import('synod/debate/store.js').Store }} props */
export function Announcer({ store }) {
  const state = store.state.value;
  const seen = useRef(0);
  const [lines, setLines] = useState(/** @type {Array<{ seq: number, text: string }>} */ ([]));
  useEffect(() => {
    // The state may have moved on since this was drawn.
    const now = store.state.peek();
    const known = Math.max(seen.current, store.historySeq);
    // More may have been read than is drawn.
    const fresh = store.events.filter(({ seq }) => seq > known && seq <= now.seq);
    seen.current = now.seq;
    const spoken = fresh.map((event) => ({ seq: event.seq, text: spokenLine(now, event) })).filter(({ text }) => text);
    if (spoken.length) setLines((earlier) => [...earlier, ...spoken].slice(-3));
  }, [state.seq]);
  return html`<div class="visually-hidden" aria-live="polite" aria-relevant="additions">${lines.map((line) => html`<p key=${line.seq}>${line.text}</p>`)}</div>`;
}

/** @param {any} state @param {any} event */
function spokenLine(state, event) {
  const { data } = event;
  if (event.type === 'turn_ended') {
    const quiet = silence(data);
    return `${nameOf(state, data.agent_id)}${quiet ? ` ${quiet}` : `, statement ${data.turn}: ${printable(data.text)}`}`;
  }
  if (event.type === 'interjected') return `${onOneLine(data.author ?? 'A person')}: ${printable(data.text)}`;
  if (event.type === 'round_closed') return `${data.round === 0 ? 'The blind vote' : `The vote of round ${data.round}`} is counted.`;
  if (event.type === 'debate_paused') return pauseInWords(data);
  if (event.type === 'debate_resumed') return 'Resumed.';
  if (event.type === 'debate_closed') return `The debate has ended. ${kindLine(state)}. ${data.answer ? onOneLine(data.answer.text) : ''}`;
  return '';
}
