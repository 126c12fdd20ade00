import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { ada, chance, furnish, registered, submit } from './support.ts';

const skip = postgresUnavailable() ?? false;
const server = sharedPostgres();

test('what a server remembers of a running job gives way to what another server wrote', {
  skip,
}, async () => {
  const url = await server.freshDatabase('memory');
  const [one, two] = [await openPostgres({ url, chance }), await openPostgres({ url, chance })];
  await furnish(one);
  const worker = await registered(one);
  const [number = ''] = await submit(one, 1);
  const claim = { worker, principal: 'ada', capacity: 1, held: [], startAtOnce: true };
  const [offer] = (await one.claimJobs(claim)).offers;
  assert.ok(offer);
  const place = { project: 'toxd', number };
  await two.moveJobs({ by: ada, places: [place], act: 'cancel' });
  const report = { attempt: offer.attempt, epoch: offer.epoch, outcome: 'failed' } as const;
  const attempts = [{ ...report, exitCode: 1, outputs: [], error: null, reason: null }];
  await one.finishAttempts({ principal: 'ada', attempts });
  const job = await two.getJob(place);
  assert.deepEqual([job.state, job.revision], ['cancelled', 4]);
  await Promise.all([one.close(), two.close()]);
});

test('what a server remembers of workers and of tokens gives way to what another server wrote', {
  skip,
}, async () => {
  const url = await server.freshDatabase('memory');
  const [one, two] = [await openPostgres({ url, chance }), await openPostgres({ url, chance })];
  await furnish(one);
  const worker = await registered(one);
  const claim = { worker, principal: 'ada', capacity: 1, held: [], startAtOnce: true };
  await submit(one, 1);
  assert.equal((await one.claimJobs(claim)).offers.length, 1);

  await submit(one, 1);
  const profile = { name: 'node01', principal: 'ada', labels: {}, tasks: ['other'], capacity: 1, accept: [] };
  assert.equal((await two.registerWorker({ profile })).worker, worker);
  assert.equal(
    (await one.claimJobs({ ...claim, held: 'started' })).offers.length,
    0,
    'it does other tasks now',
  );
  await registered(two);

  const { items } = await two.listTokens({ limit: 10 });
  for (const { id } of items) await two.revokeToken({ by: ada, id });
  assert.equal((await one.claimJobs({ ...claim, held: 'started' })).offers.length, 0);
  assert.equal((await one.getJob({ project: 'toxd', number: '2' })).state, 'denied');
  await Promise.all([one.close(), two.close()]);
});
