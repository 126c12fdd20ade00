import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setInterval } from 'node:timers/promises';
import { Fault } from '../../src/core/faults.ts';
import { addressOf } from '../../src/schemas/connect.ts';
import { runPostgres } from '../../src/schemas/postgres-run/run.ts';
import { ask } from '../support/ask-postgres.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { isFault, numbersIn, runOf, Told } from './support/target.ts';

const skip = postgresUnavailable() ?? false;
const server = sharedPostgres();

describe('SQL files under a lock', { skip }, () => {
  it('are all there after the commit, and progress says 1 only then', async () => {
    const url = await server.freshDatabase('chado');
    const told = new Told();
    const files = ['create table t (n int);', 'insert into t values (1); insert into t values (2), (3);'];
    const result = await runPostgres(runOf(url, 7, ...files), told);
    assert.deepEqual(result, { files: 2, statements: 3, rows: 3 });
    assert.deepEqual(await numbersIn(url, 't'), [1, 2, 3]);
    assert.deepEqual(
      told.fractions,
      told.fractions.toSorted((one, other) => one - other),
    );
    assert.equal(told.fractions.filter((fraction) => fraction >= 1).length, 1);
    assert.equal(told.fractions.at(-1), 1);
    assert.deepEqual(told.lines, ['1.sql: 1 statements', '2.sql: 2 statements']);
  });

  it('leave nothing when one fails, which names statement, line and SQLSTATE', async () => {
    const url = await server.freshDatabase('chado');
    const told = new Told();
    const bad = "-- curators\nselect 'é';\ninsert into t\n  values (1),\n  ('x');";
    await assert.rejects(runPostgres(runOf(url, 7, 'create table t (n int);', bad), told), (error) => {
      assert.ok(error instanceof Fault);
      assert.equal(error.code, 'sql_failed');
      assert.match(error.message, /2\.sql, line 5: .*invalid input syntax.*SQLSTATE 22P02.*insert into t/s);
      const { line, statementLine, sqlstate } = error.said.facts ?? {};
      assert.deepEqual([line, statementLine, sqlstate], [5, 3, '22P02']);
      return true;
    });
    assert.deepEqual(await ask(url, "select to_regclass('t') as t"), [{ t: null }]);
    assert.ok(told.fractions.every((fraction) => fraction < 1));
    assert.deepEqual(told.lines, ['nothing was committed']);
  });

  it('file by file keep those before the one that fails, and say which', async () => {
    const url = await server.freshDatabase('chado');
    const told = new Told();
    const files = ['create table t (n int);', 'insert into t values (1);', 'insert into t values (2); selec'];
    const run = { ...runOf(url, 7, ...files), transaction: 'file' as const };
    await assert.rejects(runPostgres(run, told), isFault('sql_failed', /3\.sql, line 1: .*42601/s));
    assert.deepEqual(await numbersIn(url, 't'), [1]);
    assert.match(told.lines.at(-1) ?? '', /committed before: 1\.sql, 2\.sql;/);
  });

  it('fail at the commit with its SQLSTATE, where a constraint waits until then', async () => {
    const url = await server.freshDatabase('chado');
    const sql = `create table a (n int primary key);
      create table b (n int references a deferrable initially deferred);
      insert into b values (1);`;
    const told = new Told();
    await assert.rejects(
      runPostgres(runOf(url, 7, sql), told),
      isFault('sql_failed', /At the commit: .*23503/),
    );
    assert.ok(told.fractions.every((fraction) => fraction < 1));
  });

  it('are refused before the first is run, when one has what is not run', async () => {
    const url = await server.freshDatabase('chado');
    const files = ['create table t (n int);', 'select 1;\n\\i more.sql'];
    const run = { ...runOf(url, 7, ...files), transaction: 'file' as const };
    await assert.rejects(
      runPostgres(run, new Told()),
      isFault('sql_unsupported', /2\.sql, line 2: a command of psql/),
    );
    assert.deepEqual(await ask(url, "select to_regclass('t') as t"), [{ t: null }]);
  });

  it('cannot smuggle a commit past the fence', async () => {
    const url = await server.freshDatabase('chado');
    const smuggled =
      "set standard_conforming_strings = off; select '\\'; commit; create table t (n int); --';";
    for (const sql of ['do $$ begin commit; end $$', smuggled])
      await assert.rejects(
        runPostgres(runOf(url, 7, 'create table t (n int);', sql), new Told()),
        (error) => {
          assert.ok(error instanceof Fault);
          return true;
        },
      );
    assert.deepEqual(await ask(url, "select to_regclass('t') as t"), [{ t: null }]);
  });

  it('find names in the schema that they work in', async () => {
    const url = await server.freshDatabase('chado');
    await ask(url, 'create schema "Curation é"');
    const run = {
      ...runOf(url, 7, 'create table t (n int); insert into t values (4)'),
      schema: 'Curation é',
    };
    await runPostgres(run, new Told());
    assert.deepEqual(await numbersIn(url, '"Curation é".t'), [4]);
  });

  it('write nothing under a shared lock', async () => {
    const url = await server.freshDatabase('chado');
    await ask(url, 'create table t (n int)');
    const shared = { ...runOf(url, 7, 'select n from t'), mode: 'shared' as const };
    assert.deepEqual(await runPostgres(shared, new Told()), { files: 1, statements: 1, rows: 0 });
    await assert.rejects(
      runPostgres({ ...shared, files: [{ name: 'w.sql', sql: 'insert into t values (1)' }] }, new Told()),
      isFault('sql_failed', /w\.sql, line 1: .*25006/),
    );
  });

  it('end promptly when they are cancelled, and leave nothing', async () => {
    const url = await server.freshDatabase('chado');
    const told = new Told();
    const run = runPostgres(runOf(url, 7, 'create table t (n int); select pg_sleep(600)'), told);
    const refused = assert.rejects(run, /cancelled/);
    for await (const _ of setInterval(20)) if ((await sleepers(url)) === 1) break;
    told.cancel();
    await refused;
    assert.equal(await sleepers(url), 0);
    assert.deepEqual(await ask(url, "select to_regclass('t') as t"), [{ t: null }]);
    assert.ok(told.fractions.every((fraction) => fraction < 1));
  });

  it('give notices to the log', async () => {
    const url = await server.freshDatabase('chado');
    const told = new Told();
    await runPostgres(runOf(url, 7, "do $$ begin raise notice '3 of 4'; end $$"), told);
    assert.equal(told.lines[0], 'NOTICE: 3 of 4');
  });

  it('say that a database is not reached, and nothing of its address', async () => {
    const url = new URL(await server.freshDatabase('chado'));
    url.password = 'wrong-secret';
    await assert.rejects(runPostgres(runOf(url.href, 7, 'select 1'), new Told()), (error) => {
      assert.ok(error instanceof Fault);
      assert.equal(error.code, 'target_unreachable');
      assert.equal(error.said.facts?.sqlstate, '28P01');
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });

  it('reach a database whose password is in PGPASSFILE', async () => {
    const url = new URL(await server.freshDatabase('chado'));
    const folder = mkdtempSync(join(tmpdir(), 'labkeep-passfile-'));
    const file = join(folder, 'pgpass');
    writeFileSync(file, `${url.hostname}:${url.port}:*:${url.username}:${url.password}\n`);
    chmodSync(file, 0o600);
    url.password = '';
    const before = process.env.PGPASSFILE;
    process.env.PGPASSFILE = file;
    try {
      const address = addressOf({ url: url.href }, {});
      assert.equal((await runPostgres(runOf(address, 7, 'select 1'), new Told())).statements, 1);
    } finally {
      if (before === undefined) delete process.env.PGPASSFILE;
      else process.env.PGPASSFILE = before;
      rmSync(folder, { recursive: true });
    }
  });
});

async function sleepers(url: string): Promise<number> {
  const rows = await ask(
    url,
    "select 1 from pg_stat_activity where state = 'active' and query like 'select pg_sleep%' and datname = current_database()",
  );
  return rows.length;
}
