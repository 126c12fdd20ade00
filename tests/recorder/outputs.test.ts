/** What a command created or changed, and what ignore files keep out of it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { changedFromNow, changedSince, findOutputs } from '../../src/recorder/find-outputs.ts';

let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'labkeep-test-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inside = (name: string): string => join(folder, name);
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function write(name: string, text = name): void {
  mkdirSync(join(inside(name), '..'), { recursive: true });
  writeFileSync(inside(name), text);
}

/** The clock of files ticks more slowly than ours: what was there before lies well before. */
async function startedNow(): Promise<number> {
  await delay(30);
  return Date.now();
}

async function outputs(startedAt: number, more: Partial<Parameters<typeof findOutputs>[0]> = {}) {
  const wish = {
    folder,
    isChanged: changedSince(startedAt),
    named: [],
    certain: [],
    except: [],
    hashBytesMax: 1 << 20,
  };
  return await findOutputs({ ...wish, ...more });
}

async function names(startedAt: number): Promise<readonly string[]> {
  return (await outputs(startedAt)).files.map(({ path }) => relative(folder, path));
}

test('created, rewritten in place, moved here, unpacked with an old date: all are outputs; the rest is none', async () => {
  write('old');
  write('rewritten');
  write('moved-from');
  const startedAt = await startedNow();
  write('a/b/new', 'new');
  appendFileSync(inside('rewritten'), 'more');
  renameSync(inside('moved-from'), inside('moved-to'));
  write('unpacked');
  utimesSync(inside('unpacked'), 1, 1);
  assert.deepEqual(await names(startedAt), ['a/b/new', 'moved-to', 'rewritten', 'unpacked']);
  const { files } = await outputs(startedAt);
  assert.deepEqual(files[0], { path: inside('a/b/new'), size: 3, sha256: digest('new') });
});

test('where the clock of the files is another, what was there before tells what changed', async () => {
  for (const name of ['same', 'rewritten', 'touched', 'replaced']) write(name);
  const isChanged = await changedFromNow(folder, []);
  await delay(30);
  appendFileSync(inside('rewritten'), 'more');
  utimesSync(inside('touched'), 1, 1);
  write('other');
  renameSync(inside('other'), inside('replaced'));
  write('new');
  const { files } = await outputs(0, { isChanged });
  assert.deepEqual(
    files.map(({ path }) => relative(folder, path)),
    ['new', 'replaced', 'rewritten', 'touched'],
  );
});

test('names with every odd character are taken as they are', async () => {
  const startedAt = await startedNow();
  const odd = [
    '-rf',
    'a b',
    'new\nline',
    '"quoted"',
    "it's",
    '\u{1F9EC}.pdb',
    'back\\slash',
    '*',
    '#x',
    '!y',
    'é',
  ];
  for (const name of odd) write(name);
  assert.deepEqual([...(await names(startedAt))].sort(), [...odd].sort());
});

test('a link is recorded as a link, and not followed', async () => {
  write('target/inner');
  const startedAt = await startedNow();
  symlinkSync('target', inside('link'));
  symlinkSync('link-to-itself', inside('link-to-itself'));
  const { files } = await outputs(startedAt);
  assert.deepEqual(
    files.map(({ path, note }) => [relative(folder, path), note]),
    [
      ['link', 'symbolic link'],
      ['link-to-itself', 'symbolic link'],
    ],
  );
});

test('what ignore files name is left out, by the rules of git, also further down and from the top of a repository', async () => {
  mkdirSync(inside('.git'));
  write('.gitignore', '*.tmp\nbuild/\n!kept.tmp\n');
  write('sub/.labkeepignore', '/secret\n!again.tmp\n');
  const startedAt = await startedNow();
  for (const name of [
    'x.tmp',
    'kept.tmp',
    'build/y',
    '.git/index',
    'sub/secret',
    'sub/deep/secret',
    'sub/again.tmp',
    'z',
  ])
    write(name);
  assert.deepEqual(await names(startedAt), ['kept.tmp', 'sub/again.tmp', 'sub/deep/secret', 'z']);
  const { files } = await outputs(startedAt, { folder: inside('sub') });
  assert.deepEqual(
    files.map(({ path }) => relative(folder, path)),
    ['sub/again.tmp', 'sub/deep/secret'],
  );
});

test('what is named is found elsewhere too: arguments if they changed, wishes in any case', async () => {
  write('in/work');
  write('elsewhere/old');
  const startedAt = await startedNow();
  write('elsewhere/new');
  const { files } = await outputs(startedAt, {
    folder: inside('in'),
    named: [inside('elsewhere/old'), inside('elsewhere/new'), inside('elsewhere/missing')],
    certain: [inside('in/work'), inside('elsewhere')],
  });
  assert.deepEqual(
    files.map(({ path, kind }) => [relative(folder, path), kind]),
    [
      ['elsewhere', 'directory'],
      ['elsewhere/new', undefined],
      ['in/work', undefined],
    ],
  );
});

test('too large to hash, or not to be read: recorded all the same, and it says so', async () => {
  const startedAt = await startedNow();
  write('large', 'x'.repeat(11));
  write('secret');
  chmodSync(inside('secret'), 0);
  const { files } = await outputs(startedAt, { hashBytesMax: 10 });
  assert.deepEqual(files[0], { path: inside('large'), size: 11, note: 'too large to hash' });
  const isRoot = process.getuid?.() === 0;
  assert.equal(files[1]?.note, isRoot ? undefined : 'could not be read');
});

test('ten thousand outputs are recorded one by one; more than a record holds by their folders', async () => {
  const startedAt = await startedNow();
  for (let index = 0; index < 10_000; index += 1) writeFileSync(inside(`${index}`), '');
  assert.equal((await outputs(startedAt)).files.length, 10_000);
  mkdirSync(inside('more'));
  for (let index = 0; index < 10_001; index += 1) writeFileSync(inside(`more/${index}`), '');
  const { files } = await outputs(startedAt);
  assert.deepEqual(files, [
    { path: folder, kind: 'directory', note: '10000 files' },
    { path: inside('more'), kind: 'directory', note: '10001 files' },
  ]);
});
