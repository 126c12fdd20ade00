/** The disk of the storage is full while people submit and workers report, and after a while there is space again. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LabkeepError } from '@labkeep/client';
import { SmallDisk, smallDiskUnavailable } from '../storage/small-disk.ts';
import { ask } from '../support/ask-postgres.ts';
import { postgresUnavailable, startPostgres } from '../support/postgres.ts';
import { Lab } from './lab.ts';

const mebibyte = 1 << 20;
const minutes = { timeout: 240_000 };
const sqlite = { ...minutes, skip: smallDiskUnavailable() };
const postgres = { ...minutes, skip: smallDiskUnavailable() ?? postgresUnavailable() };

test(
  'sqlite: a disk that is full under load loses nothing that was acknowledged, and all go on by themselves',
  sqlite,
  async (t) => {
    using disk = SmallDisk.mount(24);
    // Its log lies there, too.
    await usingIt(t, { data: disk.folderOf('data') }, async (lab) => {
      await fill(lab, disk, mebibyte / 4);
      assert.equal(
        (await lab.client(0).jobs.list('mishaps')).items.length > 0,
        true,
        'what is there can be read',
      );
      disk.makeSpace();
    });
  },
);

test(
  'postgres: tables that cannot grow under load lose nothing that was acknowledged, and all go on by themselves',
  postgres,
  async (t) => {
    using disk = SmallDisk.mount(64);
    await using server = await startPostgres({ fsync: false });
    await ask(server.url(), `create tablespace small location '${disk.serversFolder('tables')}'`);
    await ask(server.url(), 'create database lab tablespace small template template0');
    await usingIt(t, { storage: server.url('lab') }, async (lab) => {
      await fill(lab, disk, mebibyte / 4);
      disk.makeSpace();
    });
  },
);

test(
  'postgres: a write-ahead log that cannot grow under load takes PostgreSQL down; with space it comes back, and so do all',
  postgres,
  async (t) => {
    using disk = SmallDisk.mount(160);
    await using server = await startPostgres({
      fsync: false,
      dataFolder: join(disk.serversFolder('postgres'), 'data'),
      settings: { max_wal_size: '32MB', min_wal_size: '32MB' },
    });
    await ask(server.url(), 'create database lab template template0');
    await usingIt(t, { storage: server.url('lab') }, async (lab) => {
      disk.fillBut(2 * mebibyte);
      while (server.pid !== undefined && !server.log.includes('PANIC'))
        await ask(server.url(), 'select pg_switch_wal()').catch(() => delay(50));
      disk.makeSpace();
      // Whoever looks after it starts it again.
      while (server.pid !== undefined && !(await answers(server.url()))) await delay(50);
      if (server.pid === undefined) await server.restart();
      assert.ok(lab.acknowledged.length > 0);
    });
  },
);

/** People submit all the while; afterwards everything comes to its end, and the record is sound. */
async function usingIt(
  t: TestContext,
  where: { readonly data?: string; readonly storage?: string },
  trouble: (lab: Lab) => Promise<void>,
): Promise<void> {
  const lab = await Lab.open(t, where);
  try {
    lab.startWorker('worker-1');
    await underLoad(lab, trouble);
    await lab.settled();
    await lab.isSound({ faults: /storage_full|storage_unavailable/ });
  } finally {
    // All have to leave the disk before it is taken away.
    await lab.close();
  }
}

async function underLoad(lab: Lab, trouble: (lab: Lab) => Promise<void>): Promise<void> {
  let going = true;
  const people = ['ada', 'bob', 'eve'].map(async (name) => {
    for (let n = 1; going; n++)
      await lab.submit(`${name} ${n}`, {
        metadata: { text: 'x'.repeat(800) },
        onLost: 'retry',
        retry: { max: 5, delayMs: 100 },
      });
  });
  try {
    await more(lab, 10);
    await trouble(lab);
    await more(lab, 10);
  } finally {
    going = false;
  }
  await Promise.all(people);
}

async function more(lab: Lab, many: number): Promise<void> {
  const enough = lab.acknowledged.length + many;
  while (lab.acknowledged.length < enough) await delay(50);
}

/** Until somebody is told so: nothing of that request is kept, which the count of jobs shows in the end. */
async function fill(lab: Lab, disk: SmallDisk, left: number): Promise<void> {
  disk.fillBut(left);
  for (let n = 1; ; n++)
    try {
      await lab.client(0).projects.create({ name: `p${n}`, title: 'x'.repeat(200) });
    } catch (error) {
      assert.ok(error instanceof LabkeepError && error.code === 'storage_full', String(error));
      return;
    }
}

async function answers(url: string): Promise<boolean> {
  return ask(url, 'select').then(
    () => true,
    () => false,
  );
}
