import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { allJobs, chance, clock, furnish, isFault, statesOf, submit, wholeRecord } from './support.ts';

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

test('every commit is synced, in WAL mode', async () => {
  const file = join(folder, 'modes.db');
  const storage = await openSqlite({ file, clock, chance });
  await furnish(storage);
  await storage.close();
  const database = new DatabaseSync(file);
  assert.equal(database.prepare('pragma journal_mode').get()?.['journal_mode'], 'wal');
  database.close();
});

test('an act that the database objects to takes none of its group with it', async () => {
  const file = join(folder, 'objects.db');
  const storage = await openSqlite({ file, clock, chance });
  await furnish(storage);
  const token = {
    secretHash: 'x',
    principal: 'bob',
    role: 'viewer',
    project: null,
    use: 'token',
    expiresInMs: null,
  } as const;
  const by = { principal: 'ada' };
  const answers = await Promise.allSettled([
    submit(storage, 2),
    storage.createToken({ by, token: { id: 'same', ...token } }),
    storage.createToken({ by, token: { id: 'same', ...token } }),
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

/** A small file system of its own needs the right to mount one. */
function smallDisk(): string | null {
  const place = mkdtempSync(join(folder, 'disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'none', place], { stdio: 'ignore' });
    return place;
  } catch {
    return null;
  }
}

test('a full disk is said, keeps what was acknowledged, and is over when there is space again', async (t) => {
  const disk = smallDisk();
  if (disk === null) return t.skip('no right to mount a small file system');
  try {
    const storage = await openSqlite({ file: join(disk, 'labkeep.db'), clock, chance });
    await furnish(storage);
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1 << 20));
    const acknowledged: string[] = [];
    let refusal: unknown = null;
    for (let round = 0; round < 1_000 && refusal === null; round++) {
      try {
        acknowledged.push(...(await submit(storage, 20, 'x'.repeat(900))));
      } catch (error) {
        refusal = error;
      }
    }
    assert.ok(
      isFault('storage_full')(refusal) || isFault('storage_unavailable')(refusal),
      `found ${String(refusal)}`,
    );
    rmSync(ballast);
    acknowledged.push(...(await submit(storage, 1)));
    const jobs = await allJobs(storage);
    assert.deepEqual(
      [...jobs.keys()],
      acknowledged.map((number) => `toxd/${number}`),
    );
    assert.deepEqual(statesOf(await wholeRecord(storage)), jobs);
    await storage.close();
  } finally {
    execFileSync('umount', [disk]);
  }
});
