// The question, with what all speakers were given.

import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from 'synod/parts/html.js';
import { onOneLine, printable } from 'synod/parts/printable.js';
import { nameOf } from 'synod/debate/standing.js';
import { rulesLine } from 'synod/debate/words.js';

/** A question of more characters is cut to a few lines. */
const LONG_QUESTION = 320;

/** @param {{ state: any }} props */
export function Question({ state }) {
  const { config, judge, moderator } = state.setup;
  const [isOpen, setOpen] = useState(false);
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  // The line above says the question while its heading is out of sight.
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => document.documentElement.classList.toggle('past-question', entry?.isIntersecting === false), { rootMargin: '-56px 0px 0px 0px' });
    if (heading.current) observer.observe(heading.current);
    return () => {
      observer.disconnect();
      document.documentElement.classList.remove('past-question');
    };
  }, []);
  const context = printable(config.problem_statement).trim();
  const closed = state.status === 'closed';
  const question = onOneLine(config.debate_topic);
  const isLong = question.length > LONG_QUESTION;
  return html`<header class=${closed ? 'question asked' : 'question'}>
    <h1 tabindex="-1" ref=${heading} dir="auto" class=${isLong ? (isOpen ? 'long' : 'long cut') : ''}>${question}</h1>
    ${isLong && html`<button type="button" class="link small" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>${isOpen ? 'Show less' : 'Show the whole question'}</button>`}
    ${!closed && html`<p class="lede">${rulesLine(state)}</p>`}
    ${(context || judge || moderator) &&
    html`<details class="context">
      <summary>${context ? 'Context given to all' : 'Who else takes part'}</summary>
      ${context && html`<p class="as-written" dir="auto">${context}</p>`}
      ${moderator && html`<p class="small soft">Moderator: ${nameOf(state, moderator.agent_id)} (${onOneLine(moderator.model)})</p>`}
      ${judge && html`<p class="small soft">Judge of a tie: ${nameOf(state, judge.agent_id)} (${onOneLine(judge.model)})</p>`}
    </details>`}
  </header>`;
}
