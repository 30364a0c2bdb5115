// Start, list and panel, and how every view fits its window.

import { button, dialog, fillStart, fits, hidden, isWhole, main, says, speaking, start, verdict, visible } from './parts.mjs';
import { CAST, QUESTION, debate } from './story.mjs';
import { assert, until } from './until.mjs';
import { REFUSED } from './world.mjs';

const names = Object.values(CAST).map((agent) => agent.name);

export const tests = {
  'start says what a debate needs and costs as it is written, and which models there are': async (world) => {
    const server = await world.server(await world.host());
    const page = await world.page(server);
    await fillStart(page, { question: QUESTION, options: ['Yes', 'No'], agents: names.slice(0, 3) });
    const three = await says(main(page), /at most\s+([\d,]+)\s+calls/i);
    await says(main(page), /needs?\s+\d\s+of\s+3/i);
    await page.getByRole('checkbox', { name: names[3] }).setChecked(true, { force: true });
    await says(main(page), /needs?\s+\d\s+of\s+4/i);
    await says(page.getByRole('status', { name: 'Estimate' }), /\(80 %\), within 3 rounds/);
    await page.getByRole('spinbutton', { name: /rounds/i }).fill('5');
    await says(page.getByRole('status', { name: 'Estimate' }), /\(80 %\), within 5 rounds/);
    const calls = (text) => Number(/at most\s+([\d,]+)\s+calls/i.exec(text)?.[1]?.replace(',', ''));
    assert(calls(await main(page).innerText()) > calls(three), 'a fourth agent costs no more calls');
    await says(main(page), /granite:8b/);
  },

  'start: a field that the server refuses has its words beside it': async (world) => {
    const server = await world.server(await world.host());
    const page = await world.page(server, { expects: REFUSED });
    await fillStart(page, { question: '   ', agents: names.slice(0, 2) });
    await page.getByRole('button', { name: /^(start|begin|ask)\b/i }).last().click();
    const field = page.getByRole('textbox', { name: /question/i }).first();
    await until(async () => (await field.getAttribute('aria-invalid')) === 'true', 'the question is marked as invalid');
    const described = await field.getAttribute('aria-describedby');
    const text = await page.evaluate((ids) => ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? '').join(' '), described ?? '');
    assert(/\w{4,}/.test(text), `no words beside the field: “${text}”`);
    assert(await field.evaluate((e) => e === document.activeElement), 'the focus is on the field');
    assert(/\/$/.test(new URL(page.url()).pathname), 'the page stays');
  },

  'start: an option over its limit says so beside the field as it is written': async (world) => {
    const server = await world.server(await world.host());
    const page = await world.page(server);
    await fillStart(page, { question: QUESTION, options: ['Yes', 'No'], agents: names.slice(0, 2) });
    const option = page.getByRole('textbox', { name: 'Option 2' });
    const beside = page.getByRole('listitem').filter({ has: option });
    await option.fill('n'.repeat(161));
    await says(beside, /161 characters; the limit is 160/);
    assert((await option.getAttribute('aria-invalid')) === 'true', 'the option is not marked as invalid');
    await option.fill('n'.repeat(160));
    assert((await option.getAttribute('aria-invalid')) === null, 'an option of 160 characters is marked as invalid');
    await says(main(page), /needs?\s+\d\s+of\s+2/i);
  },

  'start: a draft survives a refresh': async (world) => {
    const server = await world.server(await world.host());
    const page = await world.page(server);
    await page.getByRole('textbox', { name: /question/i }).first().fill('A question that took an hour to write?');
    await page.reload();
    await until(async () => (await page.getByRole('textbox', { name: /question/i }).first().inputValue()) === 'A question that took an hour to write?', 'the draft is there');
  },

  'list: search, filter, running debates at a glance, and delete': async (world) => {
    const host = await world.host();
    const server = await world.server(host);
    const done = await server.create(debate({ debate_topic: 'Is the first one over?' }));
    await server.status(done, 'completed');
    host.hold();
    await server.create(debate({ debate_topic: 'Does the second one run?' }));
    const page = await world.page(server, { at: '/d' });
    const first = page.getByRole('link', { name: /first one over/ });
    const second = page.getByRole('link', { name: /second one run/ });
    await visible(first);
    await visible(second);
    await says(main(page), /running|live/i);
    await says(main(page), /Yes, close it/); // The answer of the one that is over.
    await page.getByRole('searchbox').fill('second');
    await hidden(first);
    await visible(second);
    await page.getByRole('searchbox').fill('no such debate anywhere');
    await hidden(second);
    await says(main(page), /no debate|nothing|none|no match/i);
    await page.getByRole('searchbox').fill('');
    await visible(first);
    await first.click();
    await visible(verdict(page));
    await page.goBack();
    await visible(second);
    await deleteFrom(page, first);
    await until(async () => (await server.ask('GET', `/api/v1/debates/${done}`)).status === 404, 'the debate is deleted');
    host.release();
  },

  'panel: an agent is added, changed and removed, and hosts are told': async (world) => {
    const server = await world.server(await world.host());
    const page = await world.page(server, { at: '/panel' });
    await isWhole(page);
    for (const name of names) await visible(page.getByText(name));
    await says(page.getByRole('region', { name: /hosts/i }), /hall/);
    await button(page, /add.*agent/i).first().click();
    const form = page.getByRole('dialog').or(page.getByRole('form')).first();
    await form.getByRole('textbox', { name: /name/i }).first().fill('Zoë Zimmer');
    await form.getByRole('textbox', { name: /expertise|you are/i }).first().fill('a gardener who knows soil');
    const id = form.getByRole('textbox', { name: /\bid\b/i });
    if (await id.count()) await id.first().fill('zoe');
    await form.getByRole('button', { name: /add|save/i }).last().click();
    await visible(page.getByText('Zoë Zimmer'));
    const agents = await server.must('GET', '/api/v1/agents');
    assert(JSON.stringify(agents).includes('Zoë Zimmer'), 'the server has the agent');
    await button(page, /(change|edit).*Zoë/i).first().click();
    await form.getByRole('textbox', { name: /expertise|you are/i }).first().fill('a gardener who changed her mind');
    await form.getByRole('button', { name: /save|change/i }).last().click();
    await visible(page.getByText(/changed her mind/));
    await button(page, /(remove|delete).*Zoë/i).first().click();
    await visible(dialog(page));
    await dialog(page).getByRole('button', { name: /remove|delete/i }).click();
    await until(async () => !JSON.stringify(await server.must('GET', '/api/v1/agents')).includes('Zoë'), 'the agent is removed');
    await hidden(page.getByText('Zoë Zimmer'));
  },

  'panel: says who speaks now': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    await server.create(debate());
    await until(() => host.active.size === 5, 'all five speak');
    const page = await world.page(server, { at: '/panel' });
    await says(main(page), /reading the prompt/i);
    host.release();
  },

  'each agent has its own state, on the panel and beside the debate': async (world) => {
    // Ada speaks, Bruno thinks, the others have not begun.
    const host = await world.host((call) => {
      if (call.model === CAST.ada.model) return { text: 'I speak of the road and of the market.', hold: 6 };
      return call.model === CAST.bruno.model ? { thought: 'I think of the road and of the market.', text: 'I thought.', hold: 9 } : { text: 'Later.', hold: 0 };
    });
    const server = await world.server(host);
    const id = await server.create(debate());
    await until(() => host.active.size === 5 && host.tokens >= 15, 'one speaks and one thinks');
    const panel = await world.page(server, { at: '/panel' });
    const seen = await world.tab(panel, server, `/d/${id}`);
    for (const [name, doing] of [[names[0], /speaking/i], [names[1], /thinking/i], [names[2], /reading the prompt/i]]) {
      await says(panel.getByRole('listitem').filter({ hasText: name }), doing);
      await says(seen.getByRole('row', { name }), doing);
    }
    const ringed = await seen.locator('.matrix .mark').evaluateAll((marks) => marks.filter((mark) => getComputedStyle(mark).outlineStyle !== 'none').length);
    assert(ringed === 1, `${ringed} marks are ringed while one agent speaks`);
    host.letGo();
  },

  'every view fits 360 px, 320 px and a large window at 200 %': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    const running = await server.create(debate({ time_limit_per_argument: 300 }));
    const quick = await world.host();
    const other = await world.server(quick);
    const over = await other.create(debate());
    await other.status(over, 'completed');
    await until(() => host.active.size === 5, 'all five speak');
    host.allow(5 * 20);
    const bad = [];
    for (const [width, deviceScaleFactor] of [[360, 1], [320, 1], [640, 2], [1920, 1]]) {
      for (const [of, at, ready] of [
        [server, '/', isWhole], [server, '/d', isWhole], [server, '/panel', isWhole], [server, `/d/${running}`, (page) => visible(speaking(page, names[0]))],
        [other, `/d/${over}`, (page) => visible(verdict(page))],
      ]) {
        const page = await world.page(of, { at, width, height: 740, deviceScaleFactor });
        await ready(page);
        await fits(page).catch((error) => bad.push(`${at.slice(0, 4)} at ${width}: ${error.message}`));
        await page.context().close();
      }
    }
    assert(!bad.length, bad.join('\n'));
  },

  'three examples for the curious, and recent debates': async (world) => {
    const host = await world.host();
    const server = await world.server(host);
    const id = await server.create(debate());
    await server.status(id, 'completed');
    const page = await world.page(server);
    await visible(page.getByRole('link', { name: new RegExp(QUESTION.slice(0, 30)) }));
    const field = page.getByRole('textbox', { name: /question/i }).first();
    const examples = page.getByRole('region', { name: /example/i }).or(page.getByRole('list', { name: /example/i })).or(page.getByRole('group', { name: /example/i })).first().getByRole('button');
    assert((await examples.count()) >= 3, `${await examples.count()} examples`);
    await examples.first().click();
    await until(async () => (await field.inputValue()).length > 10, 'the example is in the field');
    assert(!/\/d\//.test(page.url()), 'an example starts nothing by itself');
    void start;
  },
};

/** Deletes a debate with the button that belongs to its link. */
async function deleteFrom(page, link) {
  const item = page.getByRole('listitem').or(page.getByRole('article')).or(page.getByRole('row')).filter({ has: link }).last();
  await item.hover();
  let remove = item.getByRole('button', { name: /delete/i });
  if (!(await remove.isVisible())) {
    await item.getByRole('button').first().click();
    remove = page.getByRole('menuitem', { name: /delete/i }).or(page.getByRole('button', { name: /delete/i })).first();
  }
  await remove.first().click();
  await visible(dialog(page));
  await dialog(page).getByRole('button', { name: /delete/i }).click();
  await hidden(link);
}
