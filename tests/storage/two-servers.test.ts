import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { ada, chance, furnish, registered, submit } from './support.ts';

const skip = postgresUnavailable() ?? false;

test('what a server remembers of a running job gives way to what another server wrote', {
  skip,
}, async () => {
  const server = sharedPostgres();
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
