import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { defaultDurations } from '../../src/core/leases/durations.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { fillTables, readTables } from '../../src/storage/postgres/tables.ts';
import { copyTables, tables } from '../../src/storage/shared/tables.ts';
import { BackupFile, backupSqlite, restoreSqlite } from '../../src/storage/sqlite/backup.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import {
  allJobs,
  chance,
  clock,
  furnish,
  isFault,
  registered,
  statesOf,
  submit,
  wholeRecord,
} from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'labkeep-backup-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const options = (name: string) => ({ file: at(name), clock, chance });

test('a backup of many steps, taken while others write without a pause, ends, and holds every job acknowledged before it, whole', {
  timeout: 60_000,
}, async () => {
  const storage = await openSqlite(options('busy.db'));
  await furnish(storage);
  const before: string[] = [];
  while (statSync(at('busy.db')).size < 10 << 20)
    before.push(...(await submit(storage, 500, 'x'.repeat(900))));
  let writing = true;
  const writer = (async () => {
    while (writing) await submit(storage, 10);
  })();
  await backupSqlite({ file: at('busy.db'), target: at('busy.backup') });
  writing = false;
  await writer;
  await storage.close();

  const copy = await openSqlite(options('busy.backup'));
  const jobs = await allJobs(copy);
  for (const number of before) assert.equal(jobs.get(`toxd/${number}`), 'ready');
  assert.deepEqual(statesOf(await wholeRecord(copy)), jobs);
  await copy.close();
});

test('what was given since the backup is not given again, and reports of then are recorded, not applied', async () => {
  const storage = await openSqlite(options('lab.db'));
  await furnish(storage);
  await submit(storage, 3);
  const worker = await registered(storage);
  const claim = { worker, principal: 'ada', held: [], startAtOnce: true };
  const [first] = (await storage.claimJobs({ ...claim, capacity: 1 })).offers;
  assert.ok(first);
  await backupSqlite({ file: at('lab.db'), target: at('lab.backup') });
  const since = await submit(storage, 4);
  const held = [{ attempt: first.attempt, epoch: first.epoch, state: 'running' as const }];
  const [later] = (await storage.claimJobs({ ...claim, held, capacity: 1 })).offers;
  assert.ok(later);
  const [cursor] = (await storage.listEvents({ after: null, limit: 1, project: null })).items;
  const { incarnation } = await storage.listEvents({ after: null, limit: 1, project: null });
  await storage.close();

  const restored = await restoreSqlite({ ...options('lab.db'), backup: at('lab.backup') });
  assert.equal(restored.taken, 1);
  let aheadMs = 0;
  const ahead = { now: () => clock.now() + aheadMs };
  const again = await openSqlite({ ...options('lab.db'), clock: ahead });
  const jobs = await allJobs(again);
  assert.deepEqual(
    [...jobs.values()],
    ['failed', 'ready', 'ready'],
    'what ran when the backup was taken is lost',
  );
  const numbers = await submit(again, 1);
  assert.ok(!since.includes(numbers[0] ?? ''), 'a number that somebody may have seen is not given again');
  const report = { outcome: 'succeeded', exitCode: 0, reason: null, error: null, outputs: [] } as const;
  const attempts = [first, later].map(({ attempt, epoch }) => ({ attempt, epoch, ...report }));
  const results = await again.finishAttempts({ principal: 'ada', attempts });
  assert.deepEqual(
    results.map(({ applied, code }) => [applied, code]),
    [
      [false, 'incarnation_stale'],
      [false, 'incarnation_stale'],
    ],
  );
  assert.equal((await again.getJob({ project: 'toxd', number: '1' })).state, 'failed');
  await assert.rejects(
    again.listEvents({ after: { incarnation, sequence: cursor?.sequence ?? 0 }, limit: 1, project: null }),
    isFault('cursor_gone'),
  );
  const early = (await again.claimJobs({ ...claim, capacity: 1 })).offers;
  assert.deepEqual(early, [], 'nothing is handed out while workers of before may be at work');
  await outlast(again, (ms) => {
    aheadMs += ms;
  });
  const next = (await again.claimJobs({ ...claim, capacity: 1 })).offers[0];
  assert.ok(next && next.epoch > later.epoch, 'epochs begin above every one given before');
  await again.close();

  const keptFile = restored.kept;
  assert.ok(keptFile !== null);
  const kept = await openSqlite({ file: keptFile, clock, chance });
  assert.equal((await allJobs(kept)).size, 7, 'the database that was there before is kept');
  await kept.close();
});

/** Lets the leases of before a restore end, as a server does that sweeps. */
async function outlast(storage: Storage, advance: (ms: number) => void): Promise<void> {
  const { leaseMs, sweepMs } = defaultDurations;
  await storage.sweep();
  for (let ms = 0; ms < leaseMs; ms += sweepMs) {
    advance(sweepMs);
    await storage.sweep();
  }
}

test('a backup that is restored twice, while the clock is set back, begins above the epochs of the first time', async () => {
  let skewMs = 0;
  const skewed = { now: () => clock.now() + skewMs };
  const its = { ...options('again.db'), clock: skewed };
  await (await openSqlite(its)).close();
  await backupSqlite({ file: at('again.db'), target: at('again.backup') });
  const register = async () => {
    const storage = await openSqlite(its);
    await furnish(storage);
    await submit(storage, 1);
    const worker = await registered(storage);
    await outlast(storage, (ms) => {
      skewMs += ms;
    });
    const [offer] = (await storage.claimJobs({ worker, principal: 'ada', held: [], capacity: 1, seen: null }))
      .offers;
    await storage.close();
    return offer?.epoch ?? assert.fail('nothing was handed out');
  };
  skewMs = 600_000;
  await restoreSqlite({ ...its, backup: at('again.backup') });
  const first = await register();
  skewMs = 0;
  await restoreSqlite({ ...its, backup: at('again.backup') });
  assert.ok((await register()) > first);
  rmSync(at('again.db'));
  writeFileSync(at('again.db'), 'no database');
  const { kept } = await restoreSqlite({ ...its, backup: at('again.backup') });
  assert.ok(kept !== null, 'what is damaged is no hindrance');
});

test('two storages restored from one backup are two incarnations', async () => {
  const storage = await openSqlite(options('twin.db'));
  await furnish(storage);
  await storage.close();
  await backupSqlite({ file: at('twin.db'), target: at('twin.backup') });
  const one = await restoreSqlite({ ...options('one.db'), backup: at('twin.backup') });
  const two = await restoreSqlite({ ...options('two.db'), backup: at('twin.backup') });
  assert.notEqual(one.incarnation, two.incarnation);
});

test('what is not a backup is refused, and the database in place is left alone', async () => {
  const storage = await openSqlite(options('safe.db'));
  await furnish(storage);
  await storage.close();
  writeFileSync(at('text'), 'not a database'.repeat(100));
  new DatabaseSync(at('foreign')).exec('create table other (a)');
  const newer = new DatabaseSync(at('newer'));
  newer.exec('create table other (a); pragma user_version = 999');
  newer.close();
  for (const [name, code] of [
    ['absent', 'backup_unusable'],
    ['text', 'backup_unusable'],
    ['foreign', 'backup_unusable'],
    ['newer', 'schema_newer'],
  ] as const)
    await assert.rejects(restoreSqlite({ ...options('safe.db'), backup: at(name) }), isFault(code), name);
  await assert.rejects(backupSqlite({ file: at('safe.db'), target: at('text') }), isFault('data_unusable'));
  const same = await openSqlite(options('safe.db'));
  assert.equal((await same.getProject({ name: 'toxd' })).name, 'toxd');
  await same.close();
});

test('after a restore that was killed no empty database stands in, and a repetition is not mixed with the old log', async () => {
  const storage = await openSqlite(options('killed.db'));
  await furnish(storage);
  await storage.close();
  await backupSqlite({ file: at('killed.db'), target: at('killed.backup') });
  // As it stands after the first of the renames: the database was moved, its log was not, the new one is not in place.
  renameSync(at('killed.db'), at('killed.db.before-x'));
  for (const name of ['killed.db-wal', 'killed.db.part', 'killed.db.part-wal'])
    writeFileSync(at(name), 'of another database');
  await assert.rejects(openSqlite(options('killed.db')), isFault('data_unusable'));
  assert.equal(existsSync(at('killed.db')), false);
  const restored = await restoreSqlite({ ...options('killed.db'), backup: at('killed.backup') });
  assert.equal(
    readFileSync(at(`killed.db.before-${restored.incarnation}-wal`), 'utf8'),
    'of another database',
  );
  const again = await openSqlite(options('killed.db'));
  assert.equal((await again.getProject({ name: 'toxd' })).name, 'toxd');
  await again.close();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('killed.db.part')),
    [],
  );
});

describe('between SQLite and PostgreSQL', { skip: postgresUnavailable() ?? false }, () => {
  const server = sharedPostgres();

  test('a storage moves there and back without a change', async () => {
    const original = await openSqlite(options('move.db'));
    await furnish(original);
    await submit(original, 300);
    const worker = await registered(original);
    const { offers } = await original.claimJobs({
      worker,
      principal: 'ada',
      capacity: 20,
      held: [],
      startAtOnce: true,
    });
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const [offer] = offers;
    assert.ok(offer);
    await original.appendOutput({
      principal: 'ada',
      ...offer,
      chunks: [{ stream: 'stdout', sequence: 0, data: bytes }],
    });
    await original.moveJobs({
      by: { principal: 'ada' },
      places: [{ project: 'toxd', number: '300' }],
      act: 'cancel',
    });
    await original.close();
    await backupSqlite({ file: at('move.db'), target: at('move.backup') });

    const url = await server.freshDatabase('move');
    await (await openPostgres({ url, chance })).close();
    const source = await BackupFile.open(at('move.backup'));
    await fillTables(url, (sink) => copyTables((table) => source.columns(table), source, sink));
    source.close();
    await assert.rejects(
      fillTables(url, () => Promise.resolve()),
      isFault('data_unusable'),
      'a storage with projects is not overwritten',
    );

    const moved = await openPostgres({ url, chance });
    assert.equal((await allJobs(moved)).size, 300);
    const ended = await moved.listJobs({ project: 'toxd', states: ['cancelled'], limit: 1_000 });
    assert.deepEqual(
      ended.items.map(({ number }) => number),
      ['300'],
    );
    await wholeRecord(moved);
    const log = await moved.readLog({ project: 'toxd', number: '1', attempt: 1, after: -1, limit: 10 });
    assert.deepEqual([...(log.chunks[0]?.data ?? [])], [...bytes]);
    await submit(moved, 1);
    await moved.createProject({
      by: { principal: 'ada' },
      name: 'second',
      title: null,
      directory: null,
      metadata: null,
    });
    await moved.close();

    const back = BackupFile.create(at('back.backup'));
    await readTables(url, (from) => copyTables((table) => back.columns(table), from, back));
    for (const table of tables) assert.ok(back.columns(table).length > 0, `${table} has columns`);
    back.close();
    const again = await openSqlite(options('back.backup'));
    assert.equal((await allJobs(again)).size, 301);
    assert.deepEqual(statesOf(await wholeRecord(again)), await allJobs(again));
    await again.close();
  });
});
