// Models and people that write what should not be believed, run or laid out.

import { fits, isWhole, speaking, verdict, visible } from './parts.mjs';
import { CAST, debate } from './story.mjs';
import { assert, until } from './until.mjs';

const names = Object.values(CAST).map((agent) => agent.name);

const ATTACKS = {
  ada: `<script>window.hacked = 1</script><img src=x onerror="window.hacked=2"><svg onload="window.hacked=3"></svg>
<iframe src="javascript:parent.hacked=4"></iframe> <a href="javascript:window.hacked=5">click</a> [link](javascript:window.hacked=6)
<style>body { display: none }</style> <form action="/debate"><input autofocus onfocus="window.hacked=7"></form>
![picture](https://elsewhere.example/x.png) <base href="https://elsewhere.example/"> <meta http-equiv="refresh" content="0;url=https://elsewhere.example/">`,
  bruno: `\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u001b[2J\u001b[H \u202Egnp.exe\u202C \u2066\u2067 never closed \u202E and on \u200b\u200b\u0007 bell`,
  chen: `${'x'.repeat(100_000)}`,
  dalia: `يجب إغلاق وسط المدينة أمام السيارات. 123 (abc) وهذا كل شيء.

# heading one
<h1>another heading</h1>

| a | ${'b'.repeat(400)} |
|---|---|
| ${'c'.repeat(400)} | d |

\`\`\`
${'code without a space '.repeat(3)}${'y'.repeat(2_000)}
\`\`\``,
  emil: `](){}[]\${1+1}{{7*7}}&lt;b&gt;&amp;&#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e; </textarea></title></script><script>window.hacked=8</script> "'\`
${'> '.repeat(200)}deep ${'* '.repeat(100)}deeper ${'👩‍👩‍👧‍👦'.repeat(300)} ${'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢'.repeat(50)}`,
};

const idOf = (model) => Object.keys(CAST).find((id) => CAST[id].model === model);

const reply = (every = {}) => (call) => {
  if (call.purpose === 'ballot') return { text: JSON.stringify({ choice: call.choices[0], confidence: 1, moved_by: call.moved.length ? 'none' : undefined }) };
  return { ...every, text: ATTACKS[idOf(call.model)] };
};

/** What must hold of a page that shows hostile text. */
async function isHarmless(page) {
  assert((await page.evaluate(() => window.hacked)) === undefined, 'a script of a model was executed');
  const found = await page.evaluate(() => {
    const main = document.querySelector('main');
    const bad = [...(main?.querySelectorAll('script, iframe, style, object, embed, base, meta, link[rel], form[action], img[src^="http"], [onerror], [onload], [onclick], [onfocus], a[href^="javascript" i]') ?? [])];
    return bad.map((e) => e.outerHTML.slice(0, 120));
  });
  assert(!found.length, `markup of a model: ${found}`);
  assert((await page.getByRole('heading', { level: 1 }).count()) === 1, 'a model made a heading of level 1');
  const text = await page.locator('body').innerText();
  // eslint-disable-next-line no-control-regex
  assert(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text), 'control characters are shown');
  const loose = await page.evaluate(() => {
    const articles = [...document.querySelectorAll('article, [role="article"]')];
    const texts = articles.filter((a) => /[\u202a-\u202e\u2066-\u2069]/.test(a.textContent ?? ''));
    const walker = (root) => {
      const found = [];
      const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) if (/[\u202a-\u202e\u2066-\u2069]/.test(walk.currentNode.textContent ?? '')) found.push(walk.currentNode.parentElement);
      return found;
    };
    const isolated = (e) => {
      for (let up = e; up && up !== document.body; up = up.parentElement) if (/isolate|plaintext/.test(getComputedStyle(up).unicodeBidi)) return true;
      return false;
    };
    return texts.flatMap(walker).filter((e) => !isolated(e)).map((e) => e.outerHTML.slice(0, 120));
  });
  assert(!loose.length, `bidi controls are not isolated: ${loose}`);
}

export const tests = {
  'text of models executes nothing and breaks no layout, while it streams and after': async (world) => {
    const host = await world.host(reply());
    host.hold();
    const server = await world.server(host);
    const id = await server.create(debate({ max_rounds: 1, debate_rules: { max_tokens_per_turn: 4_096 } }));
    const page = await world.page(server, { at: `/d/${id}`, width: 360, height: 740 });
    await until(() => host.active.size === 5, 'all five speak');
    host.allow(60);
    await visible(speaking(page, names[0]));
    await isHarmless(page);
    await fits(page);
    host.release();
    await server.status(id, 'completed');
    await visible(verdict(page));
    await isHarmless(page);
    for (const width of [320, 360, 900, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      await fits(page);
    }
    await page.reload();
    await visible(verdict(page));
    await isHarmless(page);
    await fits(page);
    // Arabic runs from the right.
    const arabic = page.getByRole('article').filter({ hasText: 'المدينة' }).first();
    await visible(arabic);
    const direction = await arabic.evaluate((e) => {
      const walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) if (/[\u0600-\u06ff]/.test(walk.currentNode.textContent ?? '')) return getComputedStyle(walk.currentNode.parentElement).direction;
      return '';
    });
    assert(direction === 'rtl', `Arabic is set ${direction}`);
  },

  'a question, options and names of hostile text': async (world) => {
    const evil = '<img src=x onerror=window.hacked=1>';
    const host = await world.host(reply(), ['granite:8b', 'mistral:7b']);
    const server = await world.server(host, {
      agents: {
        ada: { ...CAST.ada, name: '👩‍👩‍👧‍👦'.repeat(9) + evil },
        bruno: { ...CAST.bruno, name: `\u202E${'W'.repeat(60)}` },
      },
    }).catch(() => world.server(host, { agents: { ada: { ...CAST.ada, name: evil }, bruno: { ...CAST.bruno, name: 'W'.repeat(60) } } }));
    const id = await server.create(debate({
      debate_topic: `${evil} ${'long'.repeat(400)} \u202Ereversed`.slice(0, 3000), selected_agents: ['ada', 'bruno'], max_rounds: 1,
      debate_rules: { options: [evil, 'y'.repeat(160)] },
    }));
    await server.status(id, 'completed');
    const bad = [];
    for (const at of [`/d/${id}`, '/d', '/', '/panel']) {
      const page = await world.page(server, { at, width: 360, height: 740 });
      await isWhole(page);
      if (at.startsWith('/d/')) await visible(verdict(page));
      await isHarmless(page);
      await fits(page).catch((error) => bad.push(`${at.slice(0, 4)}: ${error.message}`));
    }
    assert(!bad.length, bad.join('\n'));
  },
};
