import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LabkeepClient } from '@labkeep/client';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const home = new Home();
let server: Server;

before(async () => {
  server = await home.up(['--no-worker']);
});
after(() => home.clean());

const db = (...args: readonly string[]): Promise<Ended> => home.call(['db', ...args]);

async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await db(...args);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function shown(name: string) {
  return JSON.parse(await done('show', name, '--json'));
}

function clientOf(at: Server, of = home): LabkeepClient {
  const token = readFileSync(of.path('data', 'token'), 'utf8').trim();
  return new LabkeepClient({ url: at.url, token });
}

test('databases are added, listed by tag, changed and removed', async () => {
  assert.equal(
    await done('add', 'nr', '--kind', 'files', '--directory', 'data/nr', '--release', '2026-10'),
    'nr\n',
  );
  await done('add', 'emblTP', '--kind', 'bank', '--tag', 'TP', '--off', '--description', 'frozen');
  assert.match(await done('list'), /^DATABASE.*\nnr +files +on +2026-10\n$/);
  assert.match(await done('list', '--tag', 'TP'), /\nemblTP +bank +off .*TP +frozen\n$/);
  assert.equal((await done('list', '--all')).split('\n').length, 4);
  const nothing = await db('list', '--tag', 'nope');
  assert.match(nothing.stderr, /no databases with the tag nope; tags there are: TP/);
  assert.equal((await shown('nr')).settings.directory, home.path('data/nr'));
  await done('set', 'nr', '--description', 'protein', '--tag', 'x');
  await done('set', 'nr', '--tag', '');
  assert.deepEqual([(await shown('nr')).tag, (await shown('nr')).description], [null, 'protein']);
  await done('on', 'emblTP');
  assert.equal((await shown('emblTP')).state, 'on');
  await done('off', 'emblTP');
  await done('remove', 'emblTP');
  const gone = await db('show', 'emblTP');
  assert.equal(gone.code, 3);
  assert.match(gone.stderr, /no database emblTP|no database of this name/i);
});

test('an address is stored without password only; the new way to name it takes the place of the other', async () => {
  const refused = await db('add', 'chado', '--kind', 'postgres', '--url', 'postgres://ada:s3cret@db/chado');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /password/);
  assert.ok(!refused.stderr.includes('s3cret'));
  const neither = await db('add', 'chado', '--kind', 'postgres');
  assert.equal(neither.code, 2);
  assert.match(neither.stderr, /urlEnv/);
  await done('add', 'chado', '--kind', 'postgres', '--url-env', 'CHADO_URL', '--schema', 'chado');
  await done('set', 'chado', '--url', 'postgres://ada@db/chado');
  assert.deepEqual((await shown('chado')).settings, { url: 'postgres://ada@db/chado', schema: 'chado' });
  const closed = await db('close', 'chado');
  assert.match(closed.stderr, /directly.*not stopped/);
  await done('reopen', 'chado');
});

test('what is misspelt is told, with the next step', async () => {
  const kind = await db('add', 'x', '--kind', 'oracle');
  assert.equal(kind.code, 2);
  assert.match(kind.stderr, /bank, postgres, files, external/);
  const nothing = await db('set', 'nr');
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /Nothing to change.*\n.*--description/);
  const until = await db('close', 'nr', '--until', 'tomorrow');
  assert.equal(until.code, 2);
  assert.match(until.stderr, /14:00, \+2h/);
  const open = await db('reopen', 'nr');
  assert.equal(open.code, 5);
  assert.match(open.stderr, /nr is not closed/);
  assert.match((await db('close', 'nrr')).stderr, /did you mean nr\?/);
});

test('closing waits for who holds it, shows who that is, and lets nobody in', async () => {
  await done('add', 'embl', '--kind', 'bank', '--release', '144');
  const client = clientOf(server);
  const closing = Promise.withResolvers<void>();
  const seen: string[] = [];
  const reader = client.locks.hold(['embl:shared'], async () => closing.promise, { name: 'reading' });
  while ((await shown('embl')).locks.length === 0) await delay(20);
  const wait = db(
    'close',
    'embl',
    '--reason',
    'release 145',
    '--until',
    '+2h',
    '--grace',
    '10m',
    '--wait',
    '--json',
  );
  while ((await shown('embl')).state !== 'closing') await delay(20);
  seen.push(await done('show', 'embl'));
  const late = await client.locks
    .hold(['embl:shared'], async () => 'in', { name: 'late' })
    .catch((error: { code: string; detail: string }) => error);
  assert.ok(typeof late === 'object' && late.code === 'database_closed' && /release 145/.test(late.detail));
  closing.resolve();
  await reader;
  const closed = JSON.parse((await wait).stdout);
  assert.equal(closed.state, 'closed');
  assert.ok(closed.closure.epoch > 0);
  assert.match(seen[0] ?? '', /Held by\n +embl:shared +\S+ \(reading/);
  assert.match(await done('list'), /embl +bank +closed +144 .*release 145, until/);
  const twice = await db('close', 'embl');
  assert.equal(twice.code, 5);
  assert.match(twice.stderr, /release 145/);
  assert.match((await db('reopen', 'embl', '--release', '145')).stderr, /embl is on, release 145/);
  const { stdout } = await home.call(['events', '-n', '1000']);
  assert.match(
    stdout,
    /database\.closing +\S+ +embl\n(.*\n)*.*database\.closed +\S+ +embl\n(.*\n)*.*database\.reopened/,
  );
});

test('raadbstatus takes a bank off and puts it on, however often it is asked', async () => {
  await done('add', 'hov', '--kind', 'bank');
  const status = (wish: string): Promise<Ended> => home.call(['raadbstatus', 'hov', wish]);
  for (const wish of ['off', 'off', 'on', 'on']) {
    const { code, stdout, stderr } = await status(wish);
    assert.deepEqual([code, stdout], [0, `hov ${wish}\n`], stderr);
    assert.equal((await shown('hov')).state, wish === 'on' ? 'on' : 'closed');
  }
  assert.equal((await status('maybe')).code, 2);
  assert.equal((await home.call(['raadbstatus', 'nope', 'off'])).code, 3);
});

test('a closure stands when the server is killed in the middle of it, and goes on after', {
  timeout: 60_000,
}, async () => {
  const other = new Home();
  try {
    let up = await other.up(['--no-worker']);
    const run = async (...args: readonly string[]): Promise<Ended> => other.run(['db', ...args]);
    const state = async () => JSON.parse((await run('show', 'embl', '--json')).stdout);
    await run('add', 'embl', '--kind', 'bank');
    const client = clientOf(up, other);
    const { session } = await client.sessions.open({ name: 'reading', leaseMs: 600_000 });
    const { lock, epoch } = await client.locks.acquire({ locks: ['embl:shared'], session });
    await run('close', 'embl', '--reason', 'release 145', '--grace', '1h');
    const before = await state();
    assert.equal(before.state, 'closing');
    await up.stop('SIGKILL');
    up = await other.up(['--no-worker']);
    const again = await state();
    assert.deepEqual([again.state, again.closure], ['closing', before.closure]);
    await clientOf(up, other).locks.release([{ lock, epoch: epoch ?? 0 }]);
    const closed = await state();
    assert.equal(closed.state, 'closed');
    await up.stop('SIGKILL');
    up = await other.up(['--no-worker']);
    assert.deepEqual((await state()).closure, closed.closure);
    assert.equal((await run('reopen', 'embl')).code, 0);
    assert.equal((await state()).state, 'on');
  } finally {
    await other.clean();
  }
});

test('up follows a watched file, tells what is wrong with it, and makes the old pipe', {
  timeout: 60_000,
}, async () => {
  const other = new Home();
  try {
    const [file, pipe] = [other.path('known_db_file'), other.path('pipe')];
    writeFileSync(file, 'embl|on|| EMBL |\nhov|maybe\n');
    const up = other.starting(['--no-worker', '--catalogue', 'known_db_file', '--disable-pipe', 'pipe']);
    await up.listens();
    await up.says(/known_db_file:2: .*expected name \| on or off/, 'stderr');
    const list = async (): Promise<Ended> => other.run(['db', 'list']);
    assert.match((await list()).stderr, /known_db_file:2/);
    const doctor = await other.run(['doctor']);
    assert.match(doctor.stdout, /Catalogue +.*known_db_file:2/);
    assert.equal(doctor.code, 1);
    writeFileSync(file, 'embl|on|| EMBL |\n');
    while (!/embl +bank +on/.test((await list()).stdout)) await delay(50);
    writeFileSync(pipe, 'disable embl\n');
    while (!/embl +bank +closed/.test((await list()).stdout)) await delay(50);
    assert.equal(await up.stop('SIGTERM'), 0);
  } finally {
    await other.clean();
  }
});
