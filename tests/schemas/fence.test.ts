import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import pg from 'pg';
import { applicationName, epochOf } from '../../src/schemas/postgres-run/fence.ts';
import { runPostgres } from '../../src/schemas/postgres-run/run.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { ada, chance } from '../storage/support.ts';
import { ask } from '../support/ask-postgres.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { openSession, takeExclusively } from './support/sessions.ts';
import { isFault, numbersIn, runOf, Told } from './support/target.ts';

const skip = postgresUnavailable() ?? false;
const server = sharedPostgres();

/** Where a holder is stopped, which path it holds, and which its follower; and how many of its files are kept. */
const stops = [
  ['in the middle of its transaction', 'one', '2.sql, line 1', 'chado', 'chado', 0],
  ['in the middle of its transaction', 'one', '2.sql, line 1', 'chado', 'chado/curation', 0],
  ['in the middle of its transaction', 'one', '2.sql, line 1', 'chado/curation', 'chado', 0],
  ['before its last look at the fence', 'one', '2.sql: its last', 'chado', 'chado', 0],
  ['between two transactions', 'file', '1.sql: 1 statements', 'chado', 'chado', 1],
] as const;

describe('a holder that is stopped beyond its lease', { skip, concurrency: 3 }, () => {
  for (const [what, transaction, moment, held, follower, kept] of stops)
    it(`${what}, in ${held}, and followed in ${follower}, cannot commit`, async () => {
      const [storageUrl, target] = await Promise.all([
        server.freshDatabase('labkeep'),
        server.freshDatabase('chado'),
      ]);
      await ask(target, 'create table t (n int)');
      const storage = await openPostgres({ url: storageUrl, chance });
      await storage.addDatabase({ by: ada, database: chado });
      const holder = startHolder([storageUrl, target, held, transaction, moment]);
      const stops = await holder.line();
      const [, epoch] = /^stops with epoch (\d+)$/.exec(stops) ?? [];
      assert.ok(epoch !== undefined, stops);

      const next = await takeExclusively(storage, await openSession(storage), follower);
      const found = next.epoch ?? 0;
      assert.ok(found > Number(epoch));
      const told = new Told();
      const run = runOf(target, found, 'insert into t values (2)');
      await runPostgres({ ...run, claim: { path: follower, epoch: found } }, told);

      holder.child.kill('SIGCONT');
      const facts = { path: held, epoch: Number(epoch), found };
      const lines = await holder.rest();
      assert.ok(lines.includes(`lock_lost ${JSON.stringify(facts)}`), lines.join('\n'));
      assert.deepEqual(await numbersIn(target, 't'), kept === 1 ? [1, 2] : [2]);
      await storage.close();
    });
});

const chado = {
  name: 'chado',
  kind: 'postgres',
  tag: null,
  description: '',
  settings: {},
  release: null,
  declaredIn: null,
  state: 'on',
} as const;

describe('the fence', { skip }, () => {
  it('lets work in two schemas go on side by side', async () => {
    const url = await server.freshDatabase('chado');
    await ask(url, 'create table t (n int)');
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query('select pg_advisory_lock(1)');
    const first = runPostgres(
      {
        ...runOf(url, 5, 'insert into t values (5); select pg_advisory_xact_lock(1)'),
        claim: { path: 'chado/a', epoch: 5 },
      },
      new Told(),
    );
    const second = { ...runOf(url, 7, 'insert into t values (7)'), claim: { path: 'chado/b', epoch: 7 } };
    await runPostgres(second, new Told());
    assert.deepEqual(await numbersIn(url, 't'), [7]);
    await other.end();
    await first;
    assert.deepEqual(await numbersIn(url, 't'), [5, 7]);
  });

  it('refuses whoever begins after a newer holder, also one that only reads', async () => {
    const url = await server.freshDatabase('chado');
    await runPostgres(runOf(url, 9, 'select 1'), new Told());
    const lost = isFault('lock_lost', /holder with epoch 9; this one has epoch 8/);
    await assert.rejects(runPostgres(runOf(url, 8, 'create table t (n int)'), new Told()), lost);
    await assert.rejects(runPostgres({ ...runOf(url, 8, 'select 1'), mode: 'shared' }, new Told()), lost);
    assert.deepEqual(await ask(url, "select to_regclass('t') as t"), [{ t: null }]);
    await runPostgres(runOf(url, 9, 'create table t (n int)'), new Told());
  });

  it('is made once by many who begin at the same time', async () => {
    const url = await server.freshDatabase('chado');
    const epochs = [11, 12, 13, 14, 15];
    const claims = epochs.map((epoch) => ({ path: `chado/s${epoch}`, epoch }));
    await Promise.all(
      claims.map((claim) => runPostgres({ ...runOf(url, 0, 'select 1'), claim }, new Told())),
    );
    const rows = await ask(url, 'select path, epoch::int from labkeep_fence.labkeep_fence order by path');
    assert.deepEqual(rows, [{ path: 'chado', epoch: 0 }, ...claims]);
  });

  it('cannot be dropped by the files themselves and then passed', async () => {
    const url = await server.freshDatabase('chado');
    const sql = 'create table t (n int); drop schema labkeep_fence cascade';
    await assert.rejects(runPostgres(runOf(url, 5, sql), new Told()), { code: '42P01' });
    assert.deepEqual(await ask(url, "select to_regclass('t') as t"), [{ t: null }]);
  });

  it('held by another program is named, and that program is left alone', async () => {
    const url = await server.freshDatabase('chado');
    await runPostgres(runOf(url, 5, 'select 1'), new Told());
    const admin = new pg.Client({ connectionString: url, application_name: 'psql' });
    await admin.connect();
    await admin.query('begin; select * from labkeep_fence.labkeep_fence for update');
    await assert.rejects(
      runPostgres(runOf(url, 6, 'select 1'), new Told()),
      isFault('lock_conflict', /held in the database by psql \(pid \d+\)/),
    );
    await admin.query('commit');
    await admin.end();
  });
});

describe('the name of a holder’s connection', () => {
  it('tells its epoch, whatever its path', () => {
    for (const path of ['chado', 'chado/voilà', `chado/${'x'.repeat(200)}`]) {
      const name = applicationName({ path, epoch: 123_456 });
      assert.ok(Buffer.byteLength(name) <= 63);
      assert.equal(epochOf(name), 123_456);
    }
    assert.equal(epochOf('psql'), null);
    assert.equal(epochOf('labkeep'), null);
  });
});

function startHolder(args: readonly string[]) {
  const program = new URL('./support/holder.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--conditions=labkeep-source', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  const all: string[] = [];
  lines.on('line', (line) => all.push(line));
  const ended = once(lines, 'close');
  return {
    child,
    line: async () => String((await once(lines, 'line'))[0]),
    rest: async () => {
      await ended;
      return all;
    },
  };
}
