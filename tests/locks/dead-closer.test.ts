/** Whoever closes a database may die: what is closed stays so, until it is reopened or the closure is broken. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { LabkeepClient, LabkeepError } from '@labkeep/client';
import { Home, program, type Server } from '../cli/support/labkeep.ts';
import { until } from '../support/until.ts';

const home = new Home();
after(() => home.clean());

const clientOf = (server: Server): LabkeepClient =>
  new LabkeepClient({ url: server.url, token: readFileSync(home.path('data', 'token'), 'utf8').trim() });

test('a closer that is killed while it waits leaves its closure; broken, that lets the next in', async () => {
  const first = await home.up(['--no-worker']);
  const before = clientOf(first);
  await before.databases.add({ name: 'embl', kind: 'external' });
  const { session } = await before.sessions.open({ name: 'reader', leaseMs: 600_000 });
  await before.locks.acquire({ session, locks: ['embl:shared'] });

  const args = ['db', 'close', 'embl', '--reason', 'release 145', '--grace', '10m', '--wait'];
  const closer = spawn(program, args, { cwd: home.folder, env: home.env(), stdio: 'ignore' });
  const gone = once(closer, 'exit');
  await until('it is closing', async () => (await before.databases.get('embl')).state === 'closing');
  closer.kill('SIGKILL');
  assert.deepEqual(await gone, [null, 'SIGKILL']);
  const { closure } = await before.databases.get('embl');
  assert.equal(closure?.reason, 'release 145');

  // The server dies too; the reader leaves only then, and nobody is there who waits for that.
  await first.stop('SIGKILL');
  const second = await home.up();
  const client = clientOf(second);
  assert.equal((await client.databases.get('embl')).state, 'closing', 'the reader is waited for');
  await client.sessions.end(session);
  await until('it is closed', async () => (await client.databases.get('embl')).state === 'closed');
  const { epoch = null } = (await client.databases.get('embl')).closure ?? {};
  assert.ok(epoch !== null);
  const late = await client.locks.acquire({ locks: ['embl:shared'], wait: true }).catch((error) => error);
  assert.ok(late instanceof LabkeepError && late.code === 'database_closed');

  const submitted = await home.call(['submit', '--lock', 'embl', '--', 'true']);
  assert.equal(submitted.code, 0, submitted.stderr);
  const ref = submitted.stdout.trim();
  const why = async (): Promise<string> => (await home.call(['why', ref])).stdout;
  await until('a worker is there', async () => !/No worker/.test(await why()));
  assert.match(await why(), /waits for embl: .* closes embl: release 145/);

  const broken = await home.call(['lock', 'break', closure?.lock ?? '']);
  assert.match(broken.stderr, /^labkeep: taken from .*embl:exclusive/);
  const { held } = await client.locks.check({ path: 'embl', mode: 'exclusive', epoch });
  assert.equal(held, false, 'who closed it, should it live, is found out by its epoch');
  assert.equal((await client.databases.get('embl')).state, 'on');
  await until('the job has ended', async () => (await client.jobs.get(ref)).state === 'succeeded');
  const again = await home.call(['lock', 'break', closure?.lock ?? '']);
  assert.equal(again.code, 3, again.stderr);
  const { stdout } = await home.call(['events', '-n', '1000']);
  assert.match(stdout, /database\.closing(.*\n)*.*database\.closed(.*\n)*.*lock\.broken/);
});
