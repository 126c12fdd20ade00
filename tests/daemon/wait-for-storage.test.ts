/** A PostgreSQL that is not there when the server starts. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Fault } from '../../src/core/faults.ts';
import { openWhenThere, type StorageWait } from '../../src/daemon/wait-for-storage.ts';
import type { Timers } from '../../src/ports/timers.ts';
import { Home } from '../cli/support/labkeep.ts';
import { freePort } from '../support/free-port.ts';
import { postgresUnavailable, startPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const home = new Home();
after(() => home.clean());

const away = new Fault('storage_unavailable', {}, new Error('nobody there'));

/** Time that passes by what is waited for, and nothing else. */
function waiting(changes: Partial<StorageWait> = {}) {
  let now = 0;
  const pauses: number[] = [];
  const told: unknown[] = [];
  const timers: Timers = {
    after: (ms, act) => {
      pauses.push(ms);
      now += ms;
      queueMicrotask(act);
      return () => undefined;
    },
  };
  const wait: StorageWait = {
    waitMs: 60_000,
    onWait: (cause) => told.push(cause),
    signal: new AbortController().signal,
    ...changes,
  };
  const open = <T>(act: () => Promise<T>) =>
    openWhenThere(act, wait, { timers, now: () => now, chance: () => 0.999_999 });
  return { open, pauses, told, now: () => now };
}

test('it is tried again with growing pauses until it answers, and that is said once', async () => {
  const { open, pauses, told } = waiting();
  let tries = 0;
  const opened = await open(async () => {
    if (++tries < 7) throw away;
    return 'storage';
  });
  assert.equal(opened, 'storage');
  assert.deepEqual(pauses, [200, 400, 800, 1_600, 2_000, 2_000]);
  assert.deepEqual(told, [away.cause]);
});

test('after the time that was given, its fault is the answer', async () => {
  const { open, now, told } = waiting({ waitMs: 5_000 });
  await assert.rejects(
    open(() => Promise.reject(away)),
    away,
  );
  assert.equal(now(), 5_000);
  const once = waiting({ waitMs: 0 });
  await assert.rejects(
    once.open(() => Promise.reject(away)),
    away,
  );
  assert.deepEqual([once.pauses, once.told, told.length], [[], [], 1]);
});

test('any other fault is the answer at once', async () => {
  const { open, pauses } = waiting();
  const newer = new Fault('schema_newer');
  await assert.rejects(
    open(() => Promise.reject(newer)),
    newer,
  );
  assert.deepEqual(pauses, []);
});

test('who does not want it any more does not wait', async () => {
  const stop = new AbortController();
  const { open } = waiting({ signal: stop.signal });
  let tries = 0;
  const opening = open(() => {
    if (++tries === 2) stop.abort();
    return Promise.reject(away);
  });
  await assert.rejects(opening, { code: 'stopping' });
  assert.equal(tries, 2);
});

test('at the command line: waited for only as long as told, and a Ctrl-C ends it quietly', async () => {
  const url = `postgres://lab:secret@127.0.0.1:${await freePort()}/lab`;
  const args = ['--no-worker', '--data', home.path('away'), '--storage', url];
  const at = url.slice(url.indexOf('@') + 1);
  assert.deepEqual(await home.run(['up', ...args, '--wait-for-storage', '0']), {
    code: 6,
    stdout: '',
    stderr: `labkeep: PostgreSQL at ${at} does not answer (nobody listens there (ECONNREFUSED)).\n  Start it, or name another with --storage; --wait-for-storage waits longer.\n`,
  });
  const server = home.starting(args);
  await server.says(/waiting up to 60 s/, 'stderr');
  assert.equal(await server.stop('SIGINT'), 0);
  assert.equal(
    server.stderr,
    `labkeep: waiting up to 60 s for PostgreSQL at ${at}: nobody listens there (ECONNREFUSED)\n`,
  );
});

test('its worker has a slot for each core, or as many as are named', async () => {
  const server = await home.up(['--data', home.path('slots')]);
  assert.match(server.stdout, new RegExp(`Worker: ${availableParallelism()} slots?, your jobs only`));
  await server.stop();
  const named = await home.up(['--data', home.path('slots'), '--slots', '7']);
  assert.match(named.stdout, /Worker: 7 slots, your jobs only/);
  await named.stop();
  assert.equal((await home.run(['up', '--slots', '0'])).code, 2);
});

/** What the log of a server says, with its level. */
function logged(data: string): readonly string[] {
  return readFileSync(join(data, 'log'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { level, msg } = JSON.parse(line) as { readonly level: number; readonly msg: string };
      return `${level >= 40 ? 'warn' : 'info'}: ${msg}`;
    });
}

const goneText = 'warn: the storage does not answer; it is asked again and again';
const backText = /^info: the storage answers again, after \d+ s$/;

describe('with PostgreSQL', { skip: postgresUnavailable() ?? false }, () => {
  test('a server that was started before its database serves when that comes', async () => {
    await using postgres = await startPostgres({ fsync: false });
    await postgres.kill9();
    const data = home.path('early');
    const server = home.starting(['--no-worker', '--data', data, '--storage', postgres.url()]);
    await server.says(/waiting up to 60 s for PostgreSQL/, 'stderr');
    await postgres.restart();
    await server.listens();
    assert.equal((await home.call(['project', 'create', 'toxd', '--data', data])).code, 0);
    assert.equal(await server.stop(), 0);
  });

  test('a database that goes is told once, and once that it is back; a stop then is nothing to warn of', async () => {
    await using postgres = await startPostgres({ fsync: false });
    const data = home.path('goes');
    const server = await home.up(['--data', data, '--storage', postgres.url()]);
    await postgres.kill9();
    await until('the warning', () => logged(data).includes(goneText));
    await postgres.restart();
    await until('the end of it', () => logged(data).some((line) => backText.test(line)));
    assert.equal(await server.stop(), 0);
    assert.equal(server.stderr, '');
    const said = logged(data).filter((line) => line.startsWith('warn') || backText.test(line));
    assert.equal(said.length, 2, said.join('\n'));
  });
});
