/** Sixteen processes write one record on SQLite at the same time; nobody hears that it is locked. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobList } from '@labkeep/client';
import { type Ended, Home } from '../cli/support/labkeep.ts';

const home = new Home();
after(() => home.clean());
const locked = /database( table)? is locked|SQLITE_BUSY|SQLITE_LOCKED/i;
const writers = 16;

test('sixteen commands at once, with no server before: each is recorded, once', {
  timeout: 240_000,
}, async (t) => {
  const folder = home.path('cold');
  const options = { env: { LABKEEP_DATA: folder } };
  // Also after a failure: else it would be there for minutes.
  t.after(() => home.run(['down'], options));
  const ended = await Promise.all(
    Array.from({ length: writers }, (_, n) =>
      home.run(['run', '-p', 'toxd', '--title', `run ${n}`, '--', 'sh', '-c', `echo ${n}`], options),
    ),
  );
  for (const [n, { code, stdout }] of ended.entries()) assert.deepEqual([code, stdout], [0, `${n}\n`]);
  noneIsLocked(ended, folder);
  // One of them started a server in passing; all others found it.
  const runs = Array.from({ length: writers }, (_, n) => `run ${n}`).toSorted();
  assert.deepEqual(await titles(folder, runs.length), runs);
  assert.equal((await home.run(['verify'], options)).code, 0);
  assert.equal((await home.run(['down'], options)).code, 0);
});

test('sixteen programs at once beside a server, some of which open the file itself', {
  timeout: 240_000,
}, async () => {
  const folder = home.path('warm');
  const options = { env: { LABKEEP_DATA: folder } };
  const server = await home.up(['--no-worker', '--data', folder]);
  assert.equal((await home.run(['project', 'create', 'toxd'], options)).code, 0);
  const submit = (n: number) => ['submit', '-p', 'toxd', '--title', `job ${n}`, '--hold', '--', 'true'];
  const record = (n: number) => ['run', '-p', 'toxd', '--title', `run ${n}`, '--', 'true'];
  const commands = [
    ...[1, 2, 3, 4, 5].map(submit),
    ...[1, 2, 3, 4, 5].map(record),
    ...[1, 2].map((n) => ['backup', home.path(`${n}.backup`), '--data', folder]),
    ...[1, 2].map(() => ['verify']),
  ];
  // These want the storage for themselves, and are told who has it.
  const refused = [
    ['up', '--no-worker', '--listen', '127.0.0.1:0', '--data', folder],
    ['restore', home.path('none.backup'), '--data', folder],
  ];
  assert.equal(commands.length + refused.length, writers);
  const [done, sent] = await Promise.all([
    Promise.all(commands.map((args) => home.run(args, options))),
    Promise.all(refused.map((args) => home.run(args, options))),
  ]);
  for (const [index, { code, stderr }] of done.entries())
    assert.equal(code, 0, `${commands[index]}: ${stderr}`);
  for (const { code, stderr } of sent) {
    assert.equal(code, 5);
    assert.match(stderr, /Another server .* holds the data folder/);
  }
  noneIsLocked([...done, ...sent], folder);
  const recorded = [1, 2, 3, 4, 5].flatMap((n) => [`job ${n}`, `run ${n}`]).toSorted();
  assert.deepEqual(await titles(folder, recorded.length), recorded);
  assert.equal((await home.run(['verify'], options)).code, 0);
  assert.equal(await server.stop(), 0);
});

function noneIsLocked(ended: readonly Ended[], folder: string): void {
  for (const { stdout, stderr } of ended) assert.doesNotMatch(`${stdout}${stderr}`, locked);
  for (const name of readdirSync(folder).filter((it) => /^log/.test(it)))
    assert.doesNotMatch(readFileSync(`${folder}/${name}`, 'utf8'), locked);
  assert.ok(existsSync(`${folder}/labkeep.db`));
}

/** Waits until there are so many: a run is told of later where the server has much to do. */
async function titles(folder: string, many: number): Promise<readonly (string | null)[]> {
  const args = ['jobs', '-p', 'toxd', '--limit', '100', '--json'];
  for (;;) {
    const { stdout, stderr, code } = await home.run(args, { env: { LABKEEP_DATA: folder } });
    assert.equal(code, 0, stderr);
    const { items } = JSON.parse(stdout) as JobList;
    if (items.length >= many) return items.map(({ title }) => title).toSorted();
    await delay(100);
  }
}
