/** `labkeep run` where something is missing: no server, a server elsewhere, a disk that is full. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LabkeepClient } from '@labkeep/client';
import { readDiscovery, readToken } from '../../src/daemon/discovery.ts';
import { identify } from '../../src/worker/supervisor/processes.ts';
import { type Ended, Home } from '../cli/support/labkeep.ts';
import { SmallDisk, smallDiskUnavailable } from '../storage/small-disk.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
  mkdirSync(home.path('toxd'));
});
afterEach(() => home.clean());

const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  home.run(['run', ...words], { cwd: home.path('toxd'), env });

function client(data: string): LabkeepClient {
  const found = readDiscovery(home.path(data, 'server.json'));
  assert.ok(found);
  return new LabkeepClient({ url: found.url, token: readToken(home.path(data, 'token')) ?? '' });
}

/** Ends a server that was started in passing, and waits until it is gone. */
async function endServer(): Promise<void> {
  const pid = readDiscovery(home.path('data', 'server.json'))?.pid;
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGTERM');
  while (identify(pid) !== null) await delay(20);
}

test('the first run starts a server, which has it; what is asked later starts one again', async () => {
  const first = await run(['--', 'true']);
  try {
    assert.equal(first.code, 0);
    assert.match(first.stderr, /^labkeep: new project toxd \(~\/toxd\)\nlabkeep: toxd\/1 succeeded, /);
  } finally {
    await endServer();
  }
  const jobs = await home.run(['jobs', '-p', 'toxd', '--json']);
  try {
    assert.equal(jobs.stderr, 'labkeep: started a server; it ends when it is not needed\n');
    assert.equal((JSON.parse(jobs.stdout) as { items: unknown[] }).items.length, 1);
  } finally {
    await endServer();
  }
});

test('a server that is killed while the command runs is replaced, and has the run', async () => {
  const server = await home.up(['--no-worker']);
  const ended = run(['--', 'sh', '-c', 'while [ ! -e go ]; do sleep 0.05; done']);
  while ((await client('data').projects.list()).items.length === 0) await delay(20);
  await server.stop('SIGKILL');
  writeFileSync(home.path('toxd', 'go'), '');
  try {
    const { code, stderr } = await ended;
    assert.equal(code, 0);
    assert.match(stderr, /labkeep: toxd\/1 succeeded, /);
  } finally {
    await endServer();
  }
});

test('a server that is started while the command runs has the run', async () => {
  const ended = run(['--no-start', '--', 'sh', '-c', 'while [ ! -e go ]; do sleep 0.05; done']);
  const server = await home.up(['--no-worker']);
  writeFileSync(home.path('toxd', 'go'), '');
  assert.match((await ended).stderr, /labkeep: toxd\/1 succeeded, /);
  assert.equal(await server.stop(), 0);
});

test('a server that is told to ends when nobody needs it', async () => {
  const server = await home.up(['--no-worker', '--end-when-idle', '1']);
  assert.equal(await server.ended(), 0);
});

test('a server elsewhere is told over the network; what it missed, later', async () => {
  const away = { LABKEEP_SERVER: 'http://127.0.0.1:9', LABKEEP_DATA: home.path('mine') };
  const missed = await run(['--title', 'missed', '--', 'true'], away);
  assert.equal(missed.code, 0);
  assert.match(missed.stderr, /no server answered; the run is kept in ~\/mine\/runs/);

  const server = await home.up(['--no-worker']);
  const token = readToken(home.path('data', 'token')) ?? '';
  const there = { LABKEEP_SERVER: server.url, LABKEEP_TOKEN: token, LABKEEP_DATA: home.path('mine') };
  const told = await run(['--title', 'told', '--', 'sh', '-c', 'echo x > out; exit 4'], there);
  assert.equal(told.code, 4);
  assert.match(told.stderr, /labkeep: toxd\/1 failed \(exit 4\), .*; out: out\n$/);
  // What was missed is for another address, and stays.
  assert.equal(readdirSync(home.path('mine', 'runs')).length, 2);
  assert.deepEqual(
    (await client('data').jobs.list('toxd')).items.map(({ title, state }) => [title, state]),
    [['told', 'failed']],
  );
  assert.equal(await server.stop(), 0);
});

test('a refusal of the server keeps the run, and is told', async () => {
  const server = await home.up(['--no-worker']);
  const refused = await run(['--', 'true'], {
    LABKEEP_SERVER: server.url,
    LABKEEP_TOKEN: 'lk_none',
    LABKEEP_DATA: home.path('mine'),
  });
  assert.equal(refused.code, 0);
  assert.match(refused.stderr, /; the run is kept in ~\/mine\/runs and told again later\n$/);
  assert.equal(await server.stop(), 0);
});

test('a project that is named and does not exist is made, and said; also when the run is told later', async () => {
  const first = await home.run(['run', '-p', 'new', '--no-start', '--', 'true'], { cwd: home.path('toxd') });
  assert.match(first.stderr, /no server answered; the run is kept in ~\/data\/runs/);
  const server = await home.up(['--no-worker']);
  while (readdirSync(home.path('data', 'runs')).length > 0) await delay(20);
  const second = await run(['-p', 'other', '--', 'true']);
  assert.match(second.stderr, /^labkeep: new project other\nlabkeep: other\/1 succeeded, /);
  const third = await run(['--', 'true'], { LABKEEP_PROJECT: 'new' });
  assert.match(third.stderr, /^labkeep: new\/2 succeeded, /);
  assert.match((await run(['--', 'true'])).stderr, /^labkeep: new\/3 succeeded, /);
  assert.deepEqual(
    (await client('data').projects.list()).items.map(({ name, directory }) => [name, directory]),
    [
      ['new', home.path('toxd')],
      ['other', null],
    ],
  );
  assert.equal(await server.stop(), 0);
});

test('a run for a project in the trash is kept, and says why', async () => {
  const server = await home.up(['--no-worker']);
  await client('data').projects.create({ name: 'old', directory: home.path('old') });
  await client('data').projects.remove('old');
  const refused = await run(['-p', 'old', '--', 'sh', '-c', 'exit 5']);
  assert.equal(refused.code, 5);
  assert.match(
    refused.stderr,
    /labkeep: failed \(exit 5\), .*\nlabkeep: .*old.*; the run is kept in ~\/data\/runs/,
  );
  assert.equal(readdirSync(home.path('data', 'runs')).length, 3);
  assert.equal(await server.stop(), 0);
});

test('what cannot be a name is told before anything is run', async () => {
  for (const [words, env, said] of [
    [['-p', 'no such'], {}, '--project is "no such"'],
    [['--task', '-'], {}, '--task is "-"'],
    [[], { LABKEEP_PROJECT: '../x' }, 'LABKEEP_PROJECT is "../x"'],
  ] as const) {
    const ended = await run([...words, '--', 'touch', 'must-not-be'], env);
    assert.deepEqual([ended.code, ended.stdout], [2, '']);
    assert.ok(ended.stderr.startsWith(`labkeep: ${said}, expected a name: `), ended.stderr);
  }
  assert.ok(!existsSync(home.path('toxd', 'must-not-be')));
});

test('a data folder that cannot be written does not keep the command from running', async () => {
  writeFileSync(home.path('file'), '');
  const unwritable = await run(['--', 'sh', '-c', 'echo made > made; exit 6'], {
    LABKEEP_DATA: home.path('file'),
  });
  assert.equal(unwritable.code, 6);
  assert.match(unwritable.stderr, /runs cannot be written: .*; the run is not recorded\n$/);
  assert.ok(existsSync(home.path('toxd', 'made')));
});

test('a full disk does not keep the command from running', {
  skip: smallDiskUnavailable() ?? false,
}, async () => {
  using disk = SmallDisk.mount(1);
  mkdirSync(join(disk.folder, 'runs'));
  disk.fillBut(0);
  const full = await run(['--no-start', '--', 'sh', '-c', 'exit 7'], { LABKEEP_DATA: disk.folder });
  assert.equal(full.code, 7);
  assert.match(full.stderr, /the disk is full \(ENOSPC\); the run is not recorded\n$/);
});
