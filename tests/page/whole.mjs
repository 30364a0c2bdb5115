// A whole debate, as its reader sees it.

import { button, dialog, fillStart, hidden, isWhole, says, speaking, start, state, statement, title, verdict, visible } from './parts.mjs';
import { CAST, CONTEXT, OPTIONS, QUESTION, debate, story } from './story.mjs';
import { assert, until } from './until.mjs';

const names = Object.values(CAST).map((agent) => agent.name);

export const tests = {
  'asked, watched, paused, spoken to, resumed, voted on and decided': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    const page = await world.page(server, { width: 1440 });
    await isWhole(page);
    await fillStart(page, { question: QUESTION, options: OPTIONS, agents: names, context: CONTEXT });
    await says(page.getByRole('main'), /needs?\s+4\s+of\s+5/i);
    await says(page.getByRole('main'), /at most\s+\d+\s+calls/i);
    const id = await start(page);

    // Tokens are seen while the statement is not finished, of all speakers at once.
    await until(() => host.active.size === 5, 'all five speak');
    host.allow(5 * 12);
    await visible(speaking(page, names[0]));
    await until(async () => {
      const texts = await Promise.all(names.map((name) => speaking(page, name).first().innerText()));
      return texts.every((text) => text.split(/\s+/).length > 8);
    }, 'twelve words of each are seen');
    assert(!(await statement(page, 1).isVisible()), 'a statement that is not finished is shown as one');
    await says(title(page), new RegExp(QUESTION.slice(0, 30)));
    assert((await page.title()).includes(QUESTION.slice(0, 20)), `the title is “${await page.title()}”`);
    await says(state(page), /running|live/i);

    // Paused after the statements that are in progress.
    await button(page, /^pause/i).click();
    host.release();
    await server.status(id, 'paused');
    await visible(button(page, /^resume/i));
    await says(state(page), /paused/i);
    for (const n of [1, 2, 3, 4, 5]) await visible(statement(page, n));

    await button(page, /^speak/i).click();
    await page.getByRole('textbox', { name: /message|say/i }).first().fill('Think of the people in the villages around.');
    await button(page, /^(say|send|speak)/i).last().click();
    await visible(page.getByText('Think of the people in the villages around.'));
    host.hold();
    await button(page, /^resume/i).click();
    await server.status(id, 'running');
    await visible(button(page, /^pause/i));
    await until(() => host.active.size > 0, 'ballots are asked');
    host.release();
    await until(async () => (await server.events(id)).some((event) => event.type === 'round_closed'), 'the blind vote is counted');
    await says(state(page), /\b[0-4]\b.*\b4\b/s);

    host.hold();
    const statementsBefore = (await server.events(id)).filter((event) => event.type === 'turn_ended').length;
    host.release();
    await server.status(id, 'completed');
    await visible(verdict(page));
    const text = await says(verdict(page), /Yes, close it/);
    assert(/4\s+(of|\/)\s+5/.test(text), `the verdict does not say 4 of 5: ${text.slice(0, 300)}`);
    assert(statementsBefore >= 5, 'statements were made');
    await says(page.getByRole('main'), /I can live with trying it/); // The dissent of Bruno, in his own words.
    await visible(page.getByRole('table', { name: /votes/i }));
    await says(state(page), /(ended|decided|completed|consensus|over)/i);
    await hidden(button(page, /^pause/i));
  },

  'the vote is called by the reader': async (world) => {
    const host = await world.host(story({ pace: 5 }));
    const server = await world.server(host);
    const page = await world.page(server, { at: null });
    host.hold();
    const id = await server.create(debate({ max_rounds: 5, max_iterations_per_round: 3 }));
    await page.goto(`/d/${id}`);
    // During the openings the vote cannot be called: the server says when.
    host.release();
    await until(async () => (await server.events(id)).some((event) => event.type === 'round_closed'), 'the blind vote is counted');
    await visible(button(page, /^vote now/i));
    await button(page, /^vote now/i).click();
    if (await dialog(page).isVisible()) await dialog(page).getByRole('button', { name: /vote/i }).click();
    await until(async () => (await server.events(id)).some((event) => event.type === 'vote_called'), 'the vote is called');
    await server.control(id, 'stop');
  },

  'what the reader learns: who changed, after which statement, and what was thought': async (world) => {
    const host = await world.host();
    const server = await world.server(host);
    const id = await server.create(debate());
    await server.status(id, 'completed');
    const page = await world.page(server, { at: `/d/${id}`, width: 1440 });
    await visible(verdict(page));
    // Emil and Ada changed, both after a statement of Dalia.
    const changed = page.getByRole('region', { name: /changed|minds?/i }).or(page.getByRole('list', { name: /changed|minds?/i }));
    const text = await says(changed, /Emil Novak/);
    assert(/Ada Lindqvist/.test(text) && /Dalia Haddad|statement/.test(text), `who changed: ${text}`);
    assert(!/Chen Wei changed/.test(text), `Chen changed nothing: ${text}`);
    // Markdown of models is shown as such.
    assert((await statement(page, 1).first().isVisible()) || (await page.getByRole('article').count()) >= 15, 'the statements are there');
    await visible(page.getByRole('article').filter({ has: page.getByRole('listitem') }));
    await page.goto(`/d/${id}#s7`);
    await until(() => statement(page, 7).evaluate((e) => {
      const { top, bottom } = e.getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    }), 'the link to statement 7 shows it');
  },
};
