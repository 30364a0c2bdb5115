#!/usr/bin/env node
// Tests the page of `synod serve` in Chromium.
//
//     node tests/page/check.mjs --synod target/debug/synod --simulator target/debug/fake-ollama [--only WORD]

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const MODULES = ['types', 'vendored', 'whole', 'survival', 'controls', 'access', 'keyboard', 'views', 'afterwards', 'reading', 'shares', 'prefix', 'key', 'hostile', 'bad_input'];

async function main() {
  const { values } = parseArgs({
    options: { synod: { type: 'string' }, simulator: { type: 'string' }, only: { type: 'string', default: '' }, pictures: { type: 'string' } },
  });
  if (!values.synod || !values.simulator) throw new Error('--synod and --simulator are required');
  execFileSync(path.join(here, 'modules'));
  const { launch } = await import('./browser.mjs');
  const { World } = await import('./world.mjs');
  const tools = { synod: path.resolve(values.synod), simulator: path.resolve(values.simulator), browser: await launch() };
  let passed = 0;
  const failures = [];
  for (const module of MODULES) {
    const { tests } = await import(`./${module}.mjs`);
    for (const [name, test] of Object.entries(tests)) {
      if (!`${module}: ${name}`.includes(values.only)) continue;
      const world = new World(tools);
      const began = performance.now();
      const error = await outcomeOf(test, world, values.pictures);
      const took = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
      console.log(`${error ? 'FAIL' : 'ok  '} ${took} s  ${module}: ${name}`);
      if (error) failures.push(`${module}: ${name}:\n  ${error}`);
      else passed += 1;
    }
  }
  await tools.browser.close();
  for (const failure of failures) console.log(`\n${failure}`);
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length || !passed ? 1 : 0;
}

/** Runs a test and returns its error. */
async function outcomeOf(test, world, pictures) {
  let error;
  try {
    await deadline(test(world), 180);
    const faults = world.faults();
    if (faults.length) error = `the page did what it must not:\n  ${[...new Set(faults)].slice(0, 5).join('\n  ')}`;
  } catch (raised) {
    const where = /** @type {Error} */ (raised).stack?.split('\n').filter((line) => line.includes('tests/page/') && !line.includes('until.mjs') && !line.includes('parts.mjs'))[0]?.trim() ?? '';
    error = `${/** @type {Error} */ (raised).message.split('\n').slice(0, 14).join('\n  ')}\n  ${where}`;
    const faults = world.faults();
    if (faults.length) error += `\n  faults: ${faults.slice(0, 3).join('\n  ')}`;
    if (pictures) await world.pages.at(-1)?.screenshot({ path: path.join(pictures, `${test.name.replace(/\W+/g, '-')}.png`) }).catch(() => {});
  }
  const problems = await world.close();
  return error ?? problems[0];
}

function deadline(promise, seconds) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

process.exit(await main());
