// The page's own checks: types and unit tests.

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { assert } from './until.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const web = path.resolve(here, '../../crates/page/web');

/** Runs a command, which must succeed, and returns its output. */
async function run(command, ...args) {
  try {
    return (await promisify(execFile)(command, args, { cwd: web, maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    throw new Error(`${command} ${args[0]}: ${(error.stdout + error.stderr).slice(0, 3000)}`);
  }
}

const files = (folder, ending) => fs.readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
  .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));

export const tests = {
  'tsc finds no error': () => run(path.join(here, 'node_modules/.bin/tsc'), '--project', 'jsconfig.json'),

  'the unit tests of the modules pass': async () => {
    const tests = files(path.join(web, 'test'), '.test.js');
    assert(tests.length > 1, `only ${tests.length} files of tests`);
    await run('node', '--test', ...tests);
  },

  'modules are imported by bare specifiers, and styles and handlers are in no markup': async () => {
    const found = [];
    for (const file of files(path.join(web, 'js'), '.js')) {
      const text = fs.readFileSync(file, 'utf8');
      const name = path.relative(web, file);
      for (const [, from] of text.matchAll(/^\s*(?:import|export)\b[^'"\n]*['"](\.[^'"]*)['"]/gm)) found.push(`${name} imports ${from}`);
      for (const [, to] of text.matchAll(/\bimport\(\s*['"](\.[^'"]*)['"]/g)) found.push(`${name} imports ${to}`);
      for (const [bad] of text.matchAll(/\s(?:style|on[a-z]+)="[^"$]|\beval\(|new Function\(|innerHTML\s*=|https?:\/\/(?!www\.w3\.org)[a-z]/g)) found.push(`${name} has ${bad.trim()}`);
    }
    assert(!found.length, found.join('\n'));
  },

  'the script that the server makes of the modules parses': async (world) => {
    const server = await world.server(null);
    const { text, headers } = await server.ask('GET', '/assets/dev/page.js');
    assert(/javascript/.test(headers.get('content-type') ?? ''), text.slice(0, 300));
    const file = path.join(world.folder, 'page.mjs');
    fs.writeFileSync(file, text);
    await run('node', '--check', file);
  },
};
