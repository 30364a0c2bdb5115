// The vendored files against the packages in the registry.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { web } from './types.mjs';
import { assert } from './until.mjs';

const vendor = path.join(web, 'vendor');

/** The packages in VENDOR.toml, which holds only tables of strings and one list. */
export function packages() {
  const found = [];
  let table = {};
  for (const line of fs.readFileSync(path.join(vendor, 'VENDOR.toml'), 'utf8').split('\n')) {
    if (line === '[[package]]') found.push((table = { files: [] }));
    else if (line === '[[package.file]]') found.at(-1).files.push((table = {}));
    else if (/^\w/.test(line)) {
      const [, name, value] = /^(\w+) = (.*)$/.exec(line) ?? [];
      table[name] = JSON.parse(value);
    }
  }
  return found;
}

const sum = (file) => createHash('sha256').update(fs.readFileSync(file)).digest('hex');

export const tests = {
  'they are listed with their sums, and nothing else is there': async () => {
    const listed = packages().flatMap(({ folder, texts, files }) => [...texts, ...files.map((file) => file.name)].map((name) => `${folder}/${name}`));
    const there = fs.readdirSync(vendor, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).map((e) => path.relative(vendor, path.join(e.parentPath ?? e.path, e.name)));
    assert(String([...listed, 'VENDOR.toml'].sort()) === String(there.sort()), `listed: ${listed.sort()}; there: ${there}`);
    for (const { folder, files } of packages()) {
      for (const file of files) assert(sum(path.join(vendor, folder, file.name)) === file.sha256, `${folder}/${file.name} has another sum`);
    }
  },

  'they are byte for byte those of the published packages': async (world) => {
    for (const { name, version, licence, folder, texts, files } of packages()) {
      const packed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', `${name}@${version}`], { cwd: world.folder, encoding: 'utf8' }).trim();
      const unpacked = path.join(world.folder, folder);
      fs.mkdirSync(unpacked);
      execFileSync('tar', ['xzf', packed, '-C', unpacked, '--strip-components=1'], { cwd: world.folder });
      const described = JSON.parse(fs.readFileSync(path.join(unpacked, 'package.json'), 'utf8'));
      assert(described.license === licence, `the licence of ${name} is ${described.license}`);
      for (const file of [...files, ...texts.map((text) => ({ name: text, source: text }))]) {
        assert(sum(path.join(unpacked, file.source)) === sum(path.join(vendor, folder, file.name)), `${name}@${version}: ${file.source} differs from ${folder}/${file.name}`);
      }
    }
  },

  'the import map leads each specifier to its file, and no other': async () => {
    const { imports } = JSON.parse(fs.readFileSync(path.join(web, 'importmap.json'), 'utf8'));
    const vendored = packages().flatMap(({ folder, files }) => files.map(({ name, specifier }) => [specifier, `./vendor/${folder}/${name}`]));
    const wanted = { 'synod/': './js/', ...Object.fromEntries(vendored) };
    for (const specifier of new Set([...Object.keys(imports), ...Object.keys(wanted)])) {
      assert(imports[specifier] === wanted[specifier], `${specifier} is mapped to ${imports[specifier]}, and its file is ${wanted[specifier]}`);
    }
  },
};
