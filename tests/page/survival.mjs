// What must lose nothing: a refresh, a second tab, a lost connection, a server that is killed.

import { button, hidden, says, speaking, state, statement, verdict, visible } from './parts.mjs';
import { CAST, debate, story } from './story.mjs';
import { assert, until } from './until.mjs';
import { LOST } from './world.mjs';

const names = Object.values(CAST).map((agent) => agent.name);

/** A debate whose five openings are in mid-stream. */
async function streaming(world, words = 20, more = {}) {
  const host = await world.host();
  host.hold();
  const server = await world.server(host);
  const id = await server.create(debate(more));
  await until(() => host.active.size === 5, 'all five speak');
  host.allow(5 * words);
  await until(() => host.tokens >= 5 * words, 'the words are sent');
  return { host, server, id };
}

export const tests = {
  'a refresh in mid-debate shows the words that were said before': async (world) => {
    const { host, server, id } = await streaming(world);
    const page = await world.page(server, { at: `/d/${id}` });
    await visible(speaking(page, names[0]));
    const seen = async () => (await speaking(page, names[2]).first().innerText()).includes('Through traffic');
    await until(seen, 'the words are seen');
    await page.reload();
    await until(seen, 'the words are seen after the refresh');
    host.release();
    await server.status(id, 'completed');
    await visible(verdict(page));
    await page.reload();
    await visible(verdict(page));
  },

  'a second tab shows the same, and a command in one shows in the other': async (world) => {
    const { host, server, id } = await streaming(world);
    const page = await world.page(server, { at: `/d/${id}` });
    const tab = await world.tab(page, server, `/d/${id}`);
    await visible(speaking(page, names[0]));
    await visible(speaking(tab, names[0]));
    await button(tab, /^pause/i).click();
    host.release();
    await visible(button(page, /^resume/i));
    await says(state(page), /paused/i);
    await button(page, /^resume/i).click();
    await visible(verdict(tab));
    await visible(verdict(page));
  },

  'a lost connection is said quietly, and nothing is missing after it': async (world) => {
    const { host, server, id } = await streaming(world);
    const page = await world.page(server, { at: `/d/${id}`, expects: LOST });
    await visible(speaking(page, names[0]));
    // An emulated loss of the network ends no stream in progress, so that the server goes as well.
    await server.kill();
    await visible(page.getByText(/reconnect|connection (is )?lost|not reachable|trying again/i));
    assert((await page.getByRole('main').innerText()).includes(names[0]), 'the page keeps what it showed');
    await server.start();
    await hidden(page.getByText(/reconnect|connection (is )?lost|not reachable|trying again/i), 40_000);
    host.release();
    await server.status(id, 'completed');
    await visible(verdict(page), 40_000);
    const spoken = (await server.events(id)).filter((event) => event.type === 'turn_ended' && event.data.result === 'spoke');
    for (const { data } of spoken) assert((await statement(page, data.turn).count()) === 1, `statement ${data.turn} is shown ${await statement(page, data.turn).count()} times`);
  },

  'SIGKILL of the server in mid-debate: the page goes on by itself': async (world) => {
    const told = story();
    const host = await world.host((call) => ({ ...told(call), ...(call.purpose === 'argument' ? { hold: 10 } : {}) }));
    const server = await world.server(host);
    const id = await server.create(debate());
    const page = await world.page(server, { at: `/d/${id}`, expects: LOST });
    await visible(statement(page, 5));
    await visible(speaking(page, names[1]));
    await server.kill();
    await server.start();
    host.letGo();
    await visible(verdict(page), 60_000);
    const events = await server.events(id);
    assert(events.some((event) => event.type === 'debate_recovered'), 'the debate was taken over');
    const spoken = events.filter((event) => event.type === 'turn_ended' && event.data.result === 'spoke');
    for (const { data } of spoken) assert((await statement(page, data.turn).count()) === 1, `statement ${data.turn} is shown ${await statement(page, data.turn).count()} times`);
  },

  'a debate that another program started is seen without a refresh': async (world) => {
    const host = await world.host();
    host.hold();
    const server = await world.server(host);
    const page = await world.page(server, { at: '/d' });
    await server.create(debate({ debate_topic: 'Was this asked by another program?' }));
    await visible(page.getByRole('link', { name: /asked by another program/ }), 30_000);
    host.release();
  },
};
