/** What a command read: the files that its arguments name, unless it certainly only wrote them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Inputs } from '../../src/recorder/find-inputs.ts';

let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'labkeep-test-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inside = (name: string): string => join(folder, name);
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

async function read(words: readonly string[], command: () => void, certain: readonly string[] = []) {
  await delay(30);
  const inputs = await Inputs.find(words, folder, 1 << 20, certain);
  inputs.hashOn(1 << 20);
  const before = new Map(words.map((word) => [inside(word), contentOf(inside(word))]));
  command();
  const files = await inputs.close((path) => contentOf(path) !== before.get(path));
  return files.map(({ path, ...rest }) => ({ name: relative(folder, path), ...rest }));
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

test('words that name files are inputs, also behind an equals sign; others are not', async () => {
  writeFileSync(inside('a'), 'A');
  writeFileSync(inside('b'), 'B');
  mkdirSync(inside('d'));
  assert.deepEqual(
    await read(['-x', 'a', '--in=b', 'missing', 'a', 'd', '.', '/dev/null', 'a=b=c'], () => undefined),
    [
      { name: 'a', size: 1, sha256: digest('A') },
      { name: 'b', size: 1, sha256: digest('B') },
      { name: 'd', kind: 'directory' },
    ],
  );
});

test('a link leads to the file behind it', async () => {
  writeFileSync(inside('target'), 'T');
  symlinkSync('target', inside('link'));
  symlinkSync('loop', inside('loop'));
  assert.deepEqual(await read(['link', 'loop'], () => undefined), [
    { name: 'target', size: 1, sha256: digest('T') },
  ]);
});

test('a file that is changed keeps the digest that it had before', async () => {
  writeFileSync(inside('a'), 'before');
  const files = await read(['a'], () => {
    readFileSync(inside('a'));
    appendFileSync(inside('a'), 'after');
  });
  assert.deepEqual(files, [{ name: 'a', size: 6, sha256: digest('before') }]);
});

test('a file that is moved away or replaced after it was read is an input', async () => {
  writeFileSync(inside('a'), 'A');
  writeFileSync(inside('b'), 'B');
  const files = await read(['a', 'b'], () => {
    readFileSync(inside('b'));
    writeFileSync(inside('new'), 'other');
    renameSync(inside('new'), inside('b'));
    readFileSync(inside('a'));
    rmSync(inside('a'));
  });
  assert.deepEqual(
    files.map(({ name }) => name),
    ['a', 'b'],
  );
});

test('an argument that was overwritten without being read was an output only', async () => {
  writeFileSync(inside('in'), 'I');
  writeFileSync(inside('out'), 'of the run before');
  await delay(30);
  const inputs = await Inputs.find(['in', 'out'], folder, 1 << 20, []);
  writeFileSync(inside('out'), readFileSync(inside('in')));
  const files = await inputs.close((path) => path === inside('out'));
  assert.deepEqual(
    files.map(({ path }) => relative(folder, path)),
    ['in'],
  );
});

test('a file that was only named with --in is an input, changed or not', async () => {
  writeFileSync(inside('a'), 'A');
  assert.deepEqual(await read([], () => writeFileSync(inside('a'), 'new'), ['a']), [
    { name: 'a', size: 1, sha256: digest('A') },
  ]);
});
