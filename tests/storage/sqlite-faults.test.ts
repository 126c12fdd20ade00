import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { backupSqlite, restoreSqlite } from '../../src/storage/sqlite/backup.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { SmallDisk, smallDiskUnavailable } from './small-disk.ts';
import {
  allJobs,
  assertHolds,
  chance,
  clock,
  furnish,
  isFault,
  makeSameToken,
  submit,
  submitUntilRefused,
  wholeRecord,
} from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'labkeep-sqlite-'));
after(() => rmSync(folder, { recursive: true }));

test('a newer schema is refused', async () => {
  const file = join(folder, 'newer.db');
  const database = new DatabaseSync(file);
  database.exec('pragma user_version = 999');
  database.close();
  await assert.rejects(openSqlite({ file, clock, chance }), isFault('schema_newer'));
});

test('what is not a database is refused and left as it is', async () => {
  const file = join(folder, 'text.db');
  writeFileSync(file, 'a letter to the editor '.repeat(200));
  const before = statSync(file).size;
  await assert.rejects(openSqlite({ file, clock, chance }));
  assert.equal(statSync(file).size, before);
});

test('it is in WAL mode unless told otherwise', async () => {
  const file = join(folder, 'modes.db');
  const storage = await openSqlite({ file, clock, chance });
  await furnish(storage);
  await storage.close();
  const database = new DatabaseSync(file);
  assert.equal(database.prepare('pragma journal_mode').get()?.journal_mode, 'wal');
  database.close();
});

test('an act that the database objects to takes none of its group with it', async () => {
  const file = join(folder, 'objects.db');
  const storage = await openSqlite({ file, clock, chance });
  await furnish(storage);
  const answers = await Promise.allSettled([
    submit(storage, 2),
    makeSameToken(storage),
    makeSameToken(storage),
    submit(storage, 2),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual([...(await allJobs(storage)).keys()], ['toxd/1', 'toxd/2', 'toxd/3', 'toxd/4']);
  await wholeRecord(storage);
  await storage.close();
});

for (const journal of ['wal', 'rollback'] as const)
  test(`a full disk (${journal}) is said, keeps what was acknowledged, and is over when there is space again`, {
    skip: smallDiskUnavailable() ?? false,
  }, async () => {
    using disk = SmallDisk.mount(3);
    const storage = await openSqlite({ file: join(disk.folder, 'labkeep.db'), clock, chance, journal });
    await furnish(storage);
    disk.fillBut(1 << 20);
    const { acknowledged, refusal } = await submitUntilRefused(storage);
    assert.ok(
      isFault('storage_full')(refusal) || isFault('storage_unavailable')(refusal),
      `found ${String(refusal)}`,
    );
    disk.makeSpace();
    acknowledged.push(...(await submit(storage, 1)));
    await assertHolds(storage, acknowledged);
    await storage.close();
  });

test('killed with a commit half done, a rollback journal gives back what was there before, and goes with its database', async () => {
  const file = join(folder, 'hot.db');
  const rollback = { clock, chance, journal: 'rollback' } as const;
  const storage = await openSqlite({ file, ...rollback });
  await furnish(storage);
  await submit(storage, 200, 'x'.repeat(900));
  const before = [await allJobs(storage), await wholeRecord(storage)];
  await storage.close();
  await backupSqlite({ file, target: join(folder, 'cold.backup') });
  killHalfDone(file, join(folder, 'killed.db'), join(folder, 'replaced.db'));

  await backupSqlite({ file: join(folder, 'killed.db'), target: join(folder, 'hot.backup') });
  for (const name of ['killed.db', 'hot.backup']) {
    const again = await openSqlite({ file: join(folder, name), ...rollback });
    assert.deepEqual([await allJobs(again), await wholeRecord(again)], before, name);
    await again.close();
  }

  const replaced = join(folder, 'replaced.db');
  const { kept } = await restoreSqlite({ file: replaced, backup: join(folder, 'cold.backup'), ...rollback });
  assert.ok(kept !== null && statSync(`${kept}-journal`).size > 0);
  for (const name of [replaced, kept]) {
    const again = await openSqlite({ file: name, ...rollback });
    assert.deepEqual(await allJobs(again), before[0], name);
    await again.close();
  }
});

/** Copies of a database as a kill would leave it that came while a commit was written into it. */
function killHalfDone(file: string, ...copies: readonly string[]): void {
  const half = new DatabaseSync(file);
  half.exec('pragma journal_mode = truncate; pragma cache_size = 1; begin immediate; delete from documents');
  for (const copy of copies) for (const part of ['', '-journal']) cpSync(file + part, copy + part);
  half.exec('rollback');
  half.close();
  for (const copy of copies) assert.ok(statSync(`${copy}-journal`).size > 0, 'the journal is hot');
}
