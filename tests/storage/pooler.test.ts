/** Behind a pooler that gives a connection for each transaction: nothing may rest on the session. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Storage } from '../../src/ports/storage.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { Pgbouncer, pgbouncerUnavailable } from '../support/pgbouncer.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { allJobs, chance, furnish, registered, statesOf, submit, wholeRecord } from './support.ts';

const skip = postgresUnavailable() ?? pgbouncerUnavailable ?? false;
const postgres = sharedPostgres();
let pooler: Pgbouncer | undefined;
after(() => pooler?.stop());

async function drain(storage: Storage, worker: number, many: number): Promise<void> {
  const end = { outcome: 'succeeded', exitCode: 0, outputs: [], error: null, reason: null } as const;
  for (let done = 0; done < many; ) {
    const { offers } = await storage.claimJobs({
      worker,
      principal: 'ada',
      capacity: 5,
      held: [],
      startAtOnce: true,
    });
    const attempts = offers.map(({ attempt, epoch }) => ({ attempt, epoch, ...end }));
    await storage.finishAttempts({ principal: 'ada', attempts });
    done += offers.length;
  }
}

test('two servers work behind a pooler with two connections', { skip }, async () => {
  const direct = await postgres.freshDatabase('pooled');
  pooler = await Pgbouncer.start(direct, 2);
  const options = { url: pooler.url(direct), chance, pooled: true };
  const [one, two] = await Promise.all([openPostgres(options), openPostgres(options)]);
  await furnish(one);
  const workers = [await registered(one, 'one'), await registered(two, 'two')];
  const storages = [one, two];
  await Promise.all(storages.map((storage) => Promise.all([1, 2, 3].map(() => submit(storage, 10)))));
  const readers = storages.flatMap((storage) => Array.from({ length: 10 }, () => allJobs(storage)));
  await Promise.all([
    ...storages.map((storage, index) => drain(storage, workers[index] ?? 0, 30)),
    ...readers,
    one.sweep(),
    two.sweep(),
  ]);
  const jobs = await allJobs(two);
  assert.equal(jobs.size, 60);
  assert.deepEqual([...new Set(jobs.values())], ['succeeded']);
  assert.deepEqual(statesOf(await wholeRecord(one)), jobs);
  await Promise.all([one.close(), two.close()]);
});

test('hints go by way of the database itself, where its address is given', { skip }, async () => {
  const direct = await postgres.freshDatabase('hinted');
  assert.ok(pooler);
  const options = { url: pooler.url(direct), chance, pooled: true, hintsUrl: direct };
  const [one, two] = await Promise.all([openPostgres(options), openPostgres(options)]);
  await furnish(one);
  const heard = new Promise<void>((resolve) => two.onHint((hint) => hint.ready && resolve()));
  await submit(one, 1);
  await heard;
  await Promise.all([one.close(), two.close()]);
});
