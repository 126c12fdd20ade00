/** A PostgreSQL whose disk is full: the tables’, and the write-ahead log’s, without which it goes down. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { ask } from '../support/ask-postgres.ts';
import { type PostgresServer, postgresUnavailable, startPostgres } from '../support/postgres.ts';
import { SmallDisk, smallDiskUnavailable } from './small-disk.ts';
import {
  allJobs,
  assertHolds,
  chance,
  furnish,
  isFault,
  statesOf,
  submit,
  submitUntilRefused,
  wholeRecord,
} from './support.ts';

const mebibyte = 1 << 20;

describe('PostgreSQL on a full disk', {
  skip: postgresUnavailable() ?? smallDiskUnavailable() ?? false,
}, () => {
  test('tables that cannot grow are said; what was acknowledged is there, nothing else, and it goes on', async () => {
    using disk = SmallDisk.mount(64);
    await using server = await startPostgres({ fsync: false });
    const tables = disk.serversFolder('tables');
    await ask(server.url(), `create tablespace small location '${tables}'`);
    await ask(server.url(), 'create database lab tablespace small template template0');
    const storage = await openPostgres({ url: server.url('lab'), chance });
    await furnish(storage);
    disk.fillBut(mebibyte);
    const { acknowledged, refusal } = await submitUntilRefused(storage);
    assert.ok(isFault('storage_full')(refusal), `found ${String(refusal)}`);
    await assert.rejects(submit(storage, 20, 'x'.repeat(900)), isFault('storage_full'));
    disk.makeSpace();
    acknowledged.push(...(await submit(storage, 1)));
    await assertHolds(storage, acknowledged);
    await storage.close();
  });

  test('a write-ahead log that cannot grow takes PostgreSQL down; the storage says so, and goes on after it', async () => {
    using disk = SmallDisk.mount(160);
    await using server = await startPostgres({
      fsync: false,
      dataFolder: join(disk.serversFolder('postgres'), 'data'),
      settings: { max_wal_size: '32MB', min_wal_size: '32MB' },
    });
    await ask(server.url(), 'create database lab template template0');
    const storage = await openPostgres({ url: server.url('lab'), chance });
    await furnish(storage);
    const acknowledged = [...(await submit(storage, 2))];
    disk.fillBut(8 * mebibyte);
    const last = await submitWhileLogIsSwitched(server, () => submitUntilRefused(storage));
    acknowledged.push(...last.acknowledged);
    assert.ok(
      isFault('storage_full')(last.refusal) || isFault('storage_unavailable')(last.refusal),
      `found ${String(last.refusal)}`,
    );
    assert.match(server.log, /PANIC: {2}could not (write|extend|create).*\n?.*No space left/);
    disk.makeSpace();
    if (!(await answers(server))) await server.restart();
    acknowledged.push(...(await submit(storage, 1)));
    const jobs = await allJobs(storage);
    const kept = [...jobs.keys()];
    for (const number of acknowledged) assert.ok(jobs.has(`toxd/${number}`), `${number} was acknowledged`);
    // The request that was answered with a fault may have been committed; then as a whole.
    assert.ok([0, 20].includes(kept.length - acknowledged.length), `${kept.length} jobs`);
    assert.deepEqual(statesOf(await wholeRecord(storage)), jobs);
    await storage.close();
  });
});

/** Each switch wants another whole segment of the log, so that the log meets the end of the disk before a table does. */
async function submitWhileLogIsSwitched<T>(server: PostgresServer, submitting: () => Promise<T>): Promise<T> {
  let going = true;
  const switching = (async () => {
    while (going) await ask(server.url(), 'select pg_switch_wal()').catch(() => new Promise(setImmediate));
  })();
  try {
    return await submitting();
  } finally {
    going = false;
    await switching;
  }
}

/** Whether it came back by itself, or will not: then its process is gone. */
async function answers(server: PostgresServer): Promise<boolean> {
  while (server.pid !== undefined) {
    try {
      await ask(server.url(), 'select');
      return true;
    } catch {
      // It is still recovering, or on its way down.
      await new Promise(setImmediate);
    }
  }
  return false;
}
