/** Releases of directories with the real program: twenty readers, ten publications, and every byte compared. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LabkeepClient, LabkeepError } from '@labkeep/client';
import { until } from '../support/until.ts';
import { Home, type Server } from './support/labkeep.ts';

const home = new Home();
let server: Server;
const root = home.path('nr');
const filesOfRelease = 12;

before(async () => {
  server = await home.up(['--no-worker']);
});
after(() => home.clean());

function client(): LabkeepClient {
  return new LabkeepClient({
    url: server.url,
    token: readFileSync(home.path('data', 'token'), 'utf8').trim(),
  });
}

async function ok(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await home.call(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function refusal(code: number, ...args: readonly string[]): Promise<string> {
  const ended = await home.call(args);
  assert.equal(ended.code, code, `${ended.stdout}${ended.stderr}`);
  return ended.stderr;
}

/** A directory in which every file says of which release it is. */
function directoryFor(release: string): string {
  const folder = home.path(`in-${release}`);
  mkdirSync(join(folder, 'parts'), { recursive: true });
  for (let part = 0; part < filesOfRelease; part += 1)
    writeFileSync(join(folder, 'parts', `${part}.fasta`), `${release} ${part}\n`.repeat(2_000));
  return folder;
}

/** Reads a release whole, and compares every byte. */
async function readAll(release: string): Promise<void> {
  const folder = join(root, release, 'parts');
  const names = await readdir(folder);
  assert.equal(names.length, filesOfRelease, `${release} is whole`);
  for (const name of names) {
    const part = Number.parseInt(name, 10);
    assert.equal(await readFile(join(folder, name), 'utf8'), `${release} ${part}\n`.repeat(2_000));
  }
}

/** Waits for a fact of the disk. */
function releasesOnDisk(): readonly string[] {
  return readdirSync(root)
    .filter((name) => name !== '.labkeep' && name !== 'current')
    .sort();
}

test('ten releases are published under twenty readers; nobody reads a mixture, or what is gone', async () => {
  mkdirSync(root);
  await ok('db', 'add', 'nr', '--kind', 'files', '--directory', root);
  await ok('db', 'publish', 'nr', directoryFor('r0'), '--release', 'r0', '--keep', '2');
  const stop = new AbortController();
  const seen = new Map<string, number>();
  const reader = async (index: number): Promise<void> => {
    const own = client();
    while (!stop.signal.aborted)
      await own.locks.hold(
        ['nr:shared'],
        async ({ lock }) => {
          const release = lock.locks[0]?.path.split('/')[1] ?? '';
          for (let round = 0; round <= index % 4; round += 1) {
            await readAll(release);
            await delay(5 * index);
          }
          seen.set(release, (seen.get(release) ?? 0) + 1);
        },
        { name: `reader ${index}` },
      );
  };
  const readers = Promise.all(Array.from({ length: 20 }, (_, index) => reader(index)));
  const slow = Promise.withResolvers<void>();
  const slowReader = client().locks.hold(['nr:shared'], async ({ lock }) => {
    assert.equal(lock.locks[0]?.path, 'nr/r0');
    await slow.promise;
    await readAll('r0');
  });
  readers.catch(() => stop.abort());
  slowReader.catch(() => stop.abort());
  await ok('db', 'pin', 'nr@r0');
  await ok('db', 'unpin', 'nr@r0');
  for (let at = 1; at <= 10; at += 1) {
    await ok('db', 'publish', 'nr', directoryFor(`r${at}`), '--release', `r${at}`);
    if (at === 3) await ok('db', 'pin', 'nr@r3');
    assert.equal(readlinkSync(join(root, 'current')), `r${at}`);
    assert.equal(stop.signal.aborted, false, 'no reader has failed');
  }
  assert.ok(releasesOnDisk().includes('r0'), 'its reader is still there');
  stop.abort();
  await readers;
  assert.ok(seen.size > 5, `readers saw ${[...seen.keys()].join(', ')}`);
  await ok('db', 'tidy', 'nr');
  assert.deepEqual(releasesOnDisk(), ['r0', 'r10', 'r3', 'r9']);
  slow.resolve();
  await slowReader;
  await ok('db', 'unpin', 'nr@r3');
  // Nobody says so: the server sees that the last reader has left.
  await until('the disk is as --keep says', () => releasesOnDisk().length === 2);
  assert.deepEqual(releasesOnDisk(), ['r10', 'r9']);
  const lists = (): readonly string[] => readdirSync(join(root, '.labkeep', 'lists')).sort();
  await until('of those that went, nothing is left', () => lists().length === 2);
  assert.deepEqual(lists(), ['r10.sha256', 'r9.sha256']);
  await ok('db', 'tidy', 'nr');
  const { items } = JSON.parse(await ok('db', 'releases', 'nr', '--json')) as {
    items: { release: string; state: string }[];
  };
  assert.equal(items.filter(({ state }) => state === 'gone').length, 9);
  await ok('db', 'verify', 'nr');
});

test('what cannot be published is refused with the next step', async () => {
  const folder = directoryFor('x');
  assert.match(await refusal(5, 'db', 'publish', 'nr', folder, '--release', 'r10'), /it is current/);
  assert.match(await refusal(5, 'db', 'publish', 'nr', folder, '--release', 'r5'), /it is gone/);
  assert.match(await refusal(2, 'db', 'publish', 'nr', folder, '--release', '../x'), /release/);
  assert.match(await refusal(2, 'db', 'publish', 'nr', folder, '--release', 'x', '--keep', '0'), /--keep 3/);
  assert.match(await refusal(2, 'db', 'publish', 'nr', home.path('none'), '--release', 'x'), /directory/);
  await ok('db', 'add', 'embl', '--kind', 'bank');
  assert.match(await refusal(5, 'db', 'publish', 'embl', folder, '--release', 'x'), /kind bank/);
  await ok('db', 'add', 'empty', '--kind', 'files');
  assert.match(
    await refusal(5, 'db', 'publish', 'empty', folder, '--release', 'x'),
    /db set empty --directory/,
  );
  assert.match(await refusal(3, 'db', 'publish', 'nr1', folder, '--release', 'x'), /did you mean nr\?/);
  assert.match(await refusal(3, 'lock', 'run', 'nr@r7', '--', 'true'), /r7 of nr is gone.*there are r10, r9/);
  assert.match(await refusal(3, 'db', 'pin', 'nr@r77'), /no release r77; there are r10, r9/);
  assert.deepEqual(releasesOnDisk(), ['r10', 'r9']);
});

test('a release whose files were touched is found out', async () => {
  writeFileSync(join(root, 'r10', 'parts', '3.fasta'), 'other');
  const { code, stdout } = await home.call(['db', 'verify', 'nr@r10']);
  assert.equal(code, 1);
  assert.equal(stdout, 'changed  parts/3.fasta\n');
  assert.equal((await home.call(['db', 'verify', 'nr@r9'])).code, 0);
});

test('a release that a waiting job names stays, and the job says which one it is', async () => {
  const own = client();
  await own.projects.create({ name: 'p' });
  const job = await own.jobs.submit('p', { command: ['true'], locks: ['nr@r9:shared'] });
  await ok('db', 'publish', 'nr', directoryFor('r11'), '--release', 'r11', '--keep', '1');
  assert.deepEqual(releasesOnDisk(), ['r11', 'r9']);
  await own.jobs.act(job.ref, 'cancel');
  await ok('db', 'tidy', 'nr');
  assert.deepEqual(releasesOnDisk(), ['r11']);
  await assert.rejects(
    own.jobs.submit('p', { command: ['true'], locks: ['nr@r9:shared'] }),
    (error: unknown) => error instanceof LabkeepError && error.code === 'release_unknown',
  );
  assert.ok(!existsSync(join(root, 'r9')));
});
