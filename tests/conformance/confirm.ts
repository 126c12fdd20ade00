import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor } from './lab.ts';
import { held, only } from './lab-worker.ts';

export function confirm(harness: Harness): void {
  const when = casesFor(harness);

  when('a confirmed offer starts, and is counted from then on', async (lab) => {
    await lab.submitAll([{}, {}]);
    const node = await lab.worker();
    const offers = await node.offers(2);
    lab.clock.advance(5);
    const events = await lab.eventsOf(async () => {
      const { start, refused } = await node.confirm(...offers);
      assert.deepEqual([start, refused], [offers.map(({ attempt }) => attempt), []]);
    });
    const job = await lab.job('1');
    assert.deepEqual([job.state, job.attempts, job.startedAt], ['running', 1, lab.clock.now()]);
    assert.deepEqual(await lab.attempts('1'), [
      {
        jobId: job.id,
        attempt: 1,
        epoch: offers[0]?.epoch,
        workerId: node.id,
        worker: 'node07',
        startedAt: lab.clock.now(),
        finishedAt: null,
        outcome: null,
        exitCode: null,
        reason: null,
        error: null,
        run: null,
      },
    ]);
    assert.deepEqual(
      events.map(({ type, jobs }) => [type, jobs.map(({ ref }) => ref)]),
      [['jobs.started', ['toxd/1', 'toxd/2']]],
    );
  });

  when('a repeated confirmation answers the same, and starts nothing anew', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    lab.clock.advance(5);
    const answer = await lab.changesNothing(() => node.confirm(offer));
    assert.deepEqual(answer, { start: [offer.attempt], refused: [] });
  });

  when('an offer that was not confirmed goes back uncounted', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = only(await node.offers(1));
    await lab.pass(lab.durations.offerMs - 1);
    assert.equal(await lab.state('1'), 'offered');
    await lab.pass(1);
    const job = await lab.job('1');
    assert.deepEqual([job.state, job.attempts], ['ready', 0]);
    assert.deepEqual(await lab.attempts('1'), []);
    const { start, refused } = await lab.changesNothing(() => node.confirm(offer));
    assert.deepEqual([start, refused], [[], [{ attempt: offer.attempt, code: 'epoch_stale' }]]);
    assert.equal(only(await node.offers(1)).attemptNumber, 1);
  });

  when('an offer that ran out is refused even before a sweep has seen it', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = only(await node.offers(1));
    lab.clock.advance(lab.durations.offerMs);
    const { refused } = await lab.changesNothing(() => node.confirm(offer));
    assert.deepEqual(refused, [{ attempt: offer.attempt, code: 'epoch_stale' }]);
  });

  when('an offer is confirmed up to its last millisecond', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = only(await node.offers(1));
    lab.clock.advance(lab.durations.offerMs - 1);
    assert.deepEqual((await node.confirm(offer)).start, [offer.attempt]);
  });

  when('what was offered to another, or under another epoch, is refused', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    const node = await lab.worker();
    const other = await lab.worker({ name: 'node08' });
    const [mine] = await node.offers(1);
    const [theirs] = await other.offers(1);
    assert.ok(mine && theirs);
    const answer = await node.confirm(theirs, { ...mine, epoch: mine.epoch + 1 }, { ...mine, epoch: 0 });
    assert.deepEqual(answer.start, []);
    assert.deepEqual(
      answer.refused.map(({ code }) => code),
      ['epoch_stale', 'epoch_stale', 'epoch_stale'],
    );
    assert.deepEqual(await lab.states('1', '2', '3'), ['offered', 'offered', 'ready']);
  });

  when('what no server gave is unknown, and the rest starts', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = only(await node.offers(1));
    const { start, refused } = await node.confirm({ attempt: 'No Attempt', epoch: 1 }, offer);
    assert.deepEqual(start, [offer.attempt]);
    assert.deepEqual(refused, [{ attempt: 'No Attempt', code: 'attempt_unknown' }]);
  });

  when('an offer of a job that was cancelled meanwhile is refused', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = only(await node.offers(1));
    await lab.act('cancel', '1');
    assert.equal(await lab.state('1'), 'cancelled/requested');
    const { refused } = await lab.changesNothing(() => node.confirm(offer));
    assert.deepEqual(refused, [{ attempt: offer.attempt, code: 'epoch_stale' }]);
  });

  when('an offer of a job whose owner may no longer run it is denied', async (lab) => {
    const token = await lab.grant({ principal: 'bob' });
    await lab.submit({}, { owner: 'bob' });
    await lab.submit();
    const node = await lab.worker({ accept: ['bob'] });
    const offers = await node.offers(2);
    await lab.storage.revokeToken({ by: { principal: 'root' }, id: token });
    const { start, refused } = await node.confirm(...offers);
    assert.deepEqual(start, [offers[1]?.attempt]);
    assert.deepEqual(refused, [{ attempt: offers[0]?.attempt, code: 'forbidden' }]);
    assert.deepEqual(await lab.states('1', '2'), ['denied/owner_refused', 'running']);
    assert.deepEqual(await lab.attempts('1'), []);
  });

  when('a confirmation whose answer was lost, as the worker was for a while, holds again', async (lab) => {
    await lab.submit({ onLost: 'ask' });
    const node = await lab.worker();
    const offer = await lab.started(node);
    await lab.pass(lab.durations.leaseMs);
    assert.equal(await lab.state('1'), 'lost/lease_lost');
    await node.claim(0, [held(offer, 'offered')]);
    assert.equal(await lab.state('1'), 'running');
    await lab.pass(lab.durations.leaseMs);
    assert.equal(await lab.state('1'), 'lost/lease_lost');
    assert.deepEqual(await node.confirm(offer), { start: [offer.attempt], refused: [] });
    const job = await lab.job('1');
    assert.deepEqual([job.state, job.attempts], ['running', 1]);
  });

  when('a worker that is not known, or is another’s, confirms nothing', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const { attempt, epoch } = only(await node.offers(1));
    const base = { principal: 'ada', attempts: [{ attempt, epoch }] };
    await lab.refuses('worker_unknown', () => lab.storage.confirmAttempts({ ...base, worker: node.id + 1 }));
    await lab.refuses('worker_unknown', () =>
      lab.storage.confirmAttempts({ ...base, worker: node.id, principal: 'bob' }),
    );
  });
}
