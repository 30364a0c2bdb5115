// How a debate is read: thoughts, what is new, replays by their address, text from right to left, large letters.

import { button, dialog, fits, hidden, isWhole, says, speaking, state, statement, title, verdict, visible } from './parts.mjs';
import { CAST, QUESTION, debate, story } from './story.mjs';
import { assert, until } from './until.mjs';
import { REFUSED } from './world.mjs';

const names = Object.values(CAST).map((agent) => agent.name);
const ARABIC = {
  question: 'هل يجب أن تغلق المدينة الصغيرة مركزها أمام السيارات؟',
  options: ['نعم، أغلقه!', 'لا، اتركه مفتوحًا'],
  said: 'أعتقد أن **المركز** يجب أن يغلق: (1) الضوضاء، (2) الهواء. See RFC 2119.',
  name: 'ليאור בן־דוד (Ltd.)',
};

/** A debate whose arguments of round 1 wait in mid-sentence, and whose round 2 takes for ever. */
async function held(world, words) {
  const told = story();
  const host = await world.host((call) => {
    const reply = told(call);
    if (call.purpose !== 'argument') return reply;
    return call.nth === 0 ? { ...reply, hold: words } : { ...reply, pace: 2_000 };
  });
  const server = await world.server(host);
  const id = await server.create(debate({ time_limit_per_argument: 300 }));
  return { host, server, id };
}

/** The address of a replay that rests: it says the moment a little later. */
async function rested(page) {
  let [address, since] = ['', 0];
  await until(() => {
    if (page.url() !== address) [address, since] = [page.url(), performance.now()];
    return /#replay-\d+$/.test(address) && performance.now() - since > 800;
  }, 'the moment is in the address');
  return address;
}

export const tests = {
  'thoughts are folded while they stream and afterwards': async (world) => {
    const { host, server, id } = await held(world, 8);
    const page = await world.page(server, { at: `/d/${id}` });
    const live = speaking(page, names[3]);
    await says(live, /thinking/);
    const isOpen = (article) => article.getByRole('group').evaluate((details) => details.open);
    assert(!(await isOpen(live)), 'a thought is shown unfolded');
    await live.getByText('Thoughts').click();
    assert(await isOpen(live), 'a thought cannot be unfolded');
    const text = await says(live, /The road goes past/);
    assert(!/why we waited/.test(text), 'the whole thought is there before it was sent');
    host.letGo();
    const spoken = page.getByRole('article', { name: new RegExp(`^${names[3]}, statement`) }).nth(1);
    await visible(spoken);
    assert(!(await isOpen(spoken)), 'the thought beside a finished statement is shown unfolded');
    await spoken.getByText('Thoughts').click();
    // No event has a thought: of one that ends with its call, the last piece may not have been sent.
    await says(spoken, /The road goes past the school/);
  },

  'a reader who scrolls away is told how much is new, and led back': async (world) => {
    const { host, server, id } = await held(world, 10);
    const page = await world.page(server, { at: `/d/${id}`, height: 700, reducedMotion: 'reduce' });
    await says(speaking(page, names[0]), /parking/);
    const bottom = () => page.evaluate(() => document.querySelector('.column .end').getBoundingClientRect().top - innerHeight);
    await until(async () => (await bottom()) < 120, 'the page follows what is said');
    await page.mouse.move(640, 400);
    await until(async () => {
      await page.mouse.wheel(0, -400);
      return (await page.evaluate(() => scrollY)) === 0;
    }, 'the reader is at the top');
    host.letGo();
    await visible(statement(page, 10).or(page.getByRole('article', { name: /statement 10/ })));
    await visible(button(page, /^5 new/));
    assert((await page.evaluate(() => scrollY)) < 50, 'the page was scrolled away from the reader');
    await button(page, /^5 new/).click();
    await until(async () => (await bottom()) < 120, 'the end is in sight');
    await hidden(button(page, /new/));
  },

  'a replay is an entry of the history, and its address leads to a moment': async (world) => {
    const host = await world.host();
    const server = await world.server(host);
    const id = await server.create(debate());
    await server.status(id, 'completed');
    const page = await world.page(server, { at: '/d' });
    await page.getByRole('link', { name: /close its centre/ }).first().click();
    await visible(verdict(page));
    await button(page, /^replay/i).click();
    await hidden(verdict(page));
    await button(page, /^pause/i).click();
    await button(page, /step forward/i).click();
    const moment = await rested(page);
    const said = await page.getByRole('article', { name: /statement/ }).count();
    await page.reload();
    await says(state(page), /replay/i);
    assert(await button(page, /^play/i).isVisible(), 'a link to a moment plays at once');
    assert((await page.getByRole('article', { name: /statement/ }).count()) === said, 'the moment is another one');
    await page.goBack();
    await visible(verdict(page));
    assert(!page.url().includes('#'), `the address is ${page.url()}`);
    await page.goForward();
    await hidden(verdict(page));
    await button(page, /^end/i).click();
    await visible(verdict(page));
    await page.goBack();
    await page.waitForURL(/\/d$/);
    const other = await world.page(server, { at: moment });
    await says(state(other), /replay/i);
    await button(other, /^end/i).click();
    await visible(verdict(other));
    // A statement that is named within a replay is shown there.
    await other.goto(`${moment.split('#')[0]}#replay-${(await server.events(id)).at(-2)?.seq}`);
    await other.reload();
    await says(state(other), /replay/i);
    await other.getByRole('link', { name: '#12', exact: true }).first().click();
    await says(state(other), /replay/i);
  },

  'the line above a debate cuts neither its state nor its votes': async (world) => {
    const { server, id } = await held(world, 10);
    const page = await world.page(server, { at: `/d/${id}` });
    await visible(speaking(page, names[0]));
    await says(state(page), /blind vote.*Yes, close it\s*2.*No, keep it open\s*2.*Close it on market…\s*1.*4 of 5 needed/si);
    for (const width of [1440, 1280, 1180, 1024, 900]) {
      await page.setViewportSize({ width, height: 800 });
      const cut = await page.evaluate(() => [...document.querySelectorAll('.at-now *, .tally *')].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1).map((e) => e.textContent));
      assert(!cut.length, `at ${width} px these are cut: ${cut.join(', ')}`);
    }
  },

  'on a phone the question and who votes for what are a tap away': async (world) => {
    const { server, id } = await held(world, 10);
    const page = await world.page(server, { at: `/d/${id}`, width: 360, height: 740 });
    await visible(speaking(page, names[0]));
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await says(state(page), new RegExp(QUESTION.slice(0, 30)));
    await button(page, /question and votes/i).click();
    const text = await says(dialog(page), /blind vote.*4 of 5 needed/is);
    assert(text.includes(QUESTION), 'the question is not in the dialog');
    assert(/Yes, close it\s*C\s*Chen Wei\s*D\s*Dalia Haddad\s*2/.test(text), `the voters are not in “${text}”`);
    await fits(page);
    await button(page, /back to the debate/i).click();
    await hidden(dialog(page));
    const { height, bar } = await page.evaluate(() => ({ height: innerHeight, bar: document.querySelector('.bar')?.getBoundingClientRect().height ?? 0 }));
    assert(bar < height / 4, `the line above takes ${bar} px of ${height}`);
    await page.setViewportSize({ width: 1280, height: 800 });
    assert(!(await button(page, /question and votes/i).isVisible()), 'the button is there where the votes are beside the debate');
  },

  'a debate that is over cuts nothing at any width, and its menus open within the window': async (world) => {
    const server = await world.server(await world.host(), { settings: { shares: true } });
    const id = await server.create(debate());
    await server.status(id, 'completed');
    const page = await world.page(server, { at: `/d/${id}` });
    await visible(verdict(page));
    for (const width of [1440, 1024, 900, 861, 860, 600, 360, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await fits(page);
      const cut = await page.evaluate(() => [...document.querySelectorAll('.at-now *')].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1).map((e) => e.textContent));
      assert(!cut.length, `at ${width} px these are cut: ${cut.join(', ')}`);
      for (const name of [/^export/i, /^(⋯ ?)?more/i]) {
        await button(page, name).click();
        await until(() => page.locator('.menu li button:visible').count(), 'the menu is open');
        const inside = await page.locator('.menu li button:visible').evaluateAll((items) => items.every((item) => {
          const { left, right, top, bottom } = item.getBoundingClientRect();
          return left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
        }));
        assert(inside, `at ${width} px the menu ${name} is not within the window`);
        await page.keyboard.press('Escape');
      }
    }
  },

  'a reader who returns to the verdict is at none of the rounds': async (world) => {
    const server = await world.server(await world.host());
    const id = await server.create(debate());
    await server.status(id, 'completed');
    const page = await world.page(server, { at: `/d/${id}`, reducedMotion: 'reduce' });
    await visible(verdict(page));
    const marked = page.getByRole('navigation', { name: 'Rounds' }).locator('[aria-current]');
    await page.getByRole('link', { name: 'Round 2' }).click();
    await until(async () => (await marked.count()) === 1, 'round 2 is marked');
    await page.mouse.move(640, 400);
    await until(async () => {
      await page.mouse.wheel(0, -800);
      return (await page.evaluate(() => scrollY)) === 0 && (await marked.count()) === 0;
    }, 'no round is marked');
  },

  'text from right to left keeps its order in names, options and sentences': async (world) => {
    const host = await world.host((call) => (call.purpose === 'ballot'
      ? { text: JSON.stringify({ choice: call.choices[0], confidence: 1, moved_by: call.moved.length ? 'none' : undefined }) }
      : { text: ARABIC.said }));
    const server = await world.server(host, { agents: { ...CAST, ada: { ...CAST.ada, name: ARABIC.name } } });
    const id = await server.create(debate({ debate_topic: ARABIC.question, debate_rules: { options: ARABIC.options } }));
    await server.status(id, 'completed');
    const page = await world.page(server, { at: `/d/${id}` });
    await visible(verdict(page));
    const direction = (locator) => locator.first().evaluate((e) => getComputedStyle(e).direction);
    assert((await direction(title(page))) === 'rtl', 'the question');
    assert((await direction(verdict(page).getByText(ARABIC.options[0], { exact: true }))) === 'rtl', 'the answer');
    assert((await direction(statement(page, 2).getByText('See RFC'))) === 'rtl', 'a statement');
    assert((await direction(page.getByRole('rowheader').getByText(ARABIC.name))) === 'rtl', 'a name');
    const sentence = await verdict(page).getByText(/voted for “/).first().innerText();
    assert(sentence.includes(`“\u2068${ARABIC.options[0]}\u2069”`), `the option is not isolated in “${sentence}”`);
    for (const at of ['/', '/d', '/panel', `/d/${id}`]) {
      for (const width of [360, 1440]) {
        await page.setViewportSize({ width, height: 800 });
        await page.goto(at);
        await isWhole(page);
        await fits(page);
      }
    }
  },

  'at 200 %, by the window and by the style: all fits, and half of the window is left to read': async (world) => {
    const { server, id } = await held(world, 10);
    const quick = await world.server(await world.host());
    const over = await quick.create(debate());
    await quick.status(over, 'completed');
    const bad = [];
    for (const zoom of [1, 2]) {
      for (const [of, at, ready] of [
        [server, '/', isWhole], [server, '/d', isWhole], [server, '/panel', isWhole], [server, '/nowhere', isWhole],
        [server, `/d/${id}`, (page) => visible(speaking(page, names[0]))],
        [quick, `/d/${over}`, (page) => visible(verdict(page))], [quick, `/d/${over}#replay-30`, (page) => says(state(page), /replay/i)],
      ]) {
        const page = await world.page(of, { at, width: 1280 / (3 - zoom), height: 720 / (3 - zoom), deviceScaleFactor: 3 - zoom, expects: at === '/nowhere' ? REFUSED : undefined });
        await ready(page);
        await page.evaluate((zoom) => (document.documentElement.style.zoom = String(zoom)), zoom);
        await fits(page).catch((error) => bad.push(`${at} at zoom ${zoom}: ${error.message}`));
        const share = await page.evaluate(() => {
          const fixed = [...document.querySelectorAll('body *')].filter((e) => /fixed|sticky/.test(getComputedStyle(e).position) && e.getClientRects().length);
          const lines = fixed.map((e) => e.getBoundingClientRect()).filter(({ width, top, bottom }) => width > innerWidth * 0.7 && bottom > 0 && top < innerHeight);
          return lines.reduce((sum, { top, bottom }) => sum + Math.min(bottom, innerHeight) - Math.max(top, 0), 0) / innerHeight;
        });
        if (share > 0.5) bad.push(`${at} at zoom ${zoom}: ${Math.round(share * 100)} % of the window stays`);
        await page.context().close();
      }
    }
    assert(!bad.length, bad.join('\n'));
  },
};
