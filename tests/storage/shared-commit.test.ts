import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Clock } from '../../src/ports/clock.ts';
import type { ClaimAnswer } from '../../src/ports/records/workers.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { chance, furnish, makeSameToken, registered, submit, wholeRecord } from './support.ts';

/** Moves on with every look: each transaction has a time of its own. */
function restless(): Clock {
  let now = Date.now();
  return { now: () => now++ };
}

const folder = mkdtempSync(join(tmpdir(), 'labkeep-shared-commit-'));
after(() => rmSync(folder, { recursive: true }));

/** Asks for a job as soon as it is told of ready ones, as a claim that waits does. */
function claimWhenTold(storage: Storage, worker: number): Promise<ClaimAnswer> {
  const answer = Promise.withResolvers<ClaimAnswer>();
  const unlisten = storage.onHint(({ ready }) => {
    if (!ready) return;
    unlisten();
    answer.resolve(storage.claimJobs({ worker, principal: 'ada', capacity: 10, held: null }));
  });
  return answer.promise;
}

function suite(open: (name: string) => Promise<Storage>): void {
  test('a claim asked for when jobs become ready shares their commit', async () => {
    const storage = await open('one');
    await furnish(storage);
    const claim = claimWhenTold(storage, await registered(storage));
    const numbers = await submit(storage, 2);
    assert.deepEqual(
      (await claim).offers.map(({ number }) => number),
      numbers,
    );
    const [created, offered] = (await wholeRecord(storage)).slice(-2);
    assert.deepEqual([created?.type, offered?.type], ['jobs.created', 'jobs.offered']);
    assert.equal(offered?.at, created?.at);
    await storage.close();
  });

  test('a claim that joined a group which the database objects to is answered all the same', async () => {
    const storage = await open('two');
    await furnish(storage);
    const claim = claimWhenTold(storage, await registered(storage));
    const answers = await Promise.allSettled([
      submit(storage, 2),
      makeSameToken(storage),
      makeSameToken(storage),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    );
    assert.equal((await claim).offers.length, 2);
    const types = (await wholeRecord(storage)).map(({ type }) => type);
    assert.equal(types.filter((type) => type === 'jobs.offered').length, 1);
    await storage.close();
  });
}

describe('on SQLite', () => {
  suite((name) => openSqlite({ file: join(folder, `${name}.db`), clock: restless(), chance }));
});

describe('on PostgreSQL', { skip: postgresUnavailable() ?? false }, () => {
  const server = sharedPostgres();
  suite(async (name) => openPostgres({ url: await server.freshDatabase(name), clock: restless(), chance }));
});
