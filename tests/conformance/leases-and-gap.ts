import assert from 'node:assert/strict';
import { writeWorker } from '../../src/core/dispatch/worker-id.ts';
import type { Harness } from './harness.ts';
import { casesFor, type Lab } from './lab.ts';
import { held, progress } from './lab-worker.ts';

export function leasesAndGap(harness: Harness): void {
  const when = casesFor(harness);

  const losses = [
    { policy: 'fail', request: {}, state: 'failed/lease_lost', outcome: 'lost' },
    { policy: 'retry', request: { onLost: 'retry' }, state: 'waiting/retry_delay', outcome: 'lost' },
    { policy: 'ask', request: { onLost: 'ask' }, state: 'lost/lease_lost', outcome: null },
  ] as const;
  for (const { policy, request, state, outcome } of losses)
    when(`when the lease of a worker ends, the policy ${policy} makes its job ${state}`, async (lab) => {
      await lab.submit(request);
      const node = await lab.worker();
      const offer = await lab.started(node);
      const before = await lab.pass(lab.durations.leaseMs - 1);
      assert.deepEqual([await lab.state('1'), before.lostWorkers], ['running', 0]);
      const swept = await lab.pass(1);
      assert.deepEqual([await lab.state('1'), swept.lostWorkers], [state, 1]);
      const [attempt] = await lab.attempts('1');
      assert.deepEqual([attempt?.epoch, attempt?.outcome], [offer.epoch, outcome]);
      assert.equal((await workerOf(lab)).state, 'lost');
      assert.ok((await lab.events()).some(({ type }) => type === 'worker.lost'));
      await lab.changesNothing(() => lab.storage.sweep());
    });

  when(
    'offers of a worker whose lease ended go back uncounted',
    async (lab) => {
      await lab.submit();
      const node = await lab.worker();
      await lab.pass(lab.durations.leaseMs - 1000);
      const [offer] = await node.offers(1);
      assert.ok(offer);
      await lab.pass(lab.durations.leaseMs);
      const job = await lab.job('1');
      assert.deepEqual([job.state, job.attempts], ['ready', 0]);
      assert.equal((await workerOf(lab)).state, 'lost');
    },
    { durations: { offerMs: 1e9 } },
  );

  when('a renewal keeps everything that the worker holds', async (lab) => {
    await lab.submitAll([{}, {}]);
    const node = await lab.worker();
    await node.take(2);
    for (let times = 0; times < 4; times++) {
      await lab.pass(lab.durations.leaseMs - 1);
      assert.equal((await node.renew()).leaseMs, lab.durations.leaseMs);
      assert.equal((await workerOf(lab)).leaseEndsAt, lab.clock.now() + lab.durations.leaseMs);
    }
    assert.deepEqual(await lab.states('1', '2'), ['running', 'running']);
  });

  when('a claim renews the lease too', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    for (let times = 0; times < 3; times++) {
      await lab.pass(lab.durations.leaseMs - 1);
      await node.claim(0, [held(offer, 'running')]);
    }
    assert.equal(await lab.state('1'), 'running');
  });

  when('a claim that says nothing of what is held is no sign of life', async (lab) => {
    const node = await lab.worker();
    await lab.submit();
    await lab.pass(lab.durations.leaseMs - 1);
    assert.equal((await node.claim(0, null)).leaseMs, lab.durations.leaseMs);
    lab.clock.advance(1);
    assert.deepEqual((await node.claim(1, null)).offers, [], 'its lease is over');
    await lab.storage.sweep();
    assert.equal((await workerOf(lab)).state, 'lost');
    assert.deepEqual((await node.claim(1, null)).offers, [], 'and it is lost');
    assert.equal((await node.claim(1, [])).offers.length, 1);
  });

  when('the silence of one worker does not concern another', async (lab) => {
    await lab.submitAll([{}, {}]);
    const silent = await lab.worker();
    const loud = await lab.worker({ name: 'node08' });
    await lab.started(silent);
    await lab.started(loud);
    await lab.pass(lab.durations.leaseMs / 2);
    await loud.renew();
    await lab.pass(lab.durations.leaseMs / 2);
    assert.deepEqual(await lab.states('1', '2'), ['failed/lease_lost', 'running']);
  });

  when('a worker that comes back is connected again', async (lab) => {
    const node = await lab.worker();
    await lab.pass(lab.durations.leaseMs);
    assert.equal((await workerOf(lab)).state, 'lost');
    await node.renew();
    assert.equal((await workerOf(lab)).state, 'connected');
    await lab.pass(lab.durations.leaseMs);
    await node.claim(0, []);
    assert.equal((await workerOf(lab)).state, 'connected');
    await lab.pass(lab.durations.leaseMs);
    await lab.worker();
    assert.equal((await workerOf(lab)).state, 'connected');
  });

  when('a lost job resumes under its epoch when the worker is heard of again', async (lab) => {
    await lab.submit({ onLost: 'ask' });
    const node = await lab.worker();
    const offer = await lab.started(node);
    await lab.pass(lab.durations.leaseMs);
    assert.equal(await lab.state('1'), 'lost/lease_lost');
    const { lost } = await node.renew(progress(offer, 0.5, null));
    assert.deepEqual(lost, []);
    const job = await lab.job('1');
    assert.deepEqual([job.state, job.reason, job.attempts], ['running', null, 1]);
    assert.equal((await node.finish(offer, 'succeeded')).applied, true);
    assert.equal((await lab.attempts('1')).length, 1);
  });

  when('a renewal tells which attempts are no longer the worker’s', async (lab) => {
    await lab.submitAll([{}, { onLost: 'retry', retry: { max: 1, delayMs: 0 } }, {}]);
    const node = await lab.worker();
    const other = await lab.worker({ name: 'node08' });
    const [failed, repeated, kept] = await node.take(3);
    assert.ok(failed && repeated && kept);
    await node.claim(0, [held(kept, 'running')]);
    const again = await lab.started(other);
    assert.equal(again.number, '2');
    const answer = await node.renew(
      progress(failed, 0.1, null),
      progress(repeated, 0.1, 'old epoch'),
      progress(kept, 0.1, null),
      progress(again, 0.1, 'foreign'),
      progress({ attempt: 'No Attempt', epoch: 1 }, 0.1, null),
    );
    assert.deepEqual(answer.lost, [failed.attempt, repeated.attempt, again.attempt, 'No Attempt']);
    assert.equal((await lab.job('2')).progress, null, 'what is lost is not stored');
    assert.equal((await lab.job('3')).progress?.fraction, 0.1);
  });

  when('of an attempt that is still on offer there is no progress: it has not begun', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const [offer] = await node.offers(1);
    assert.ok(offer);
    assert.deepEqual((await node.renew(progress(offer, 0.5, null))).lost, [offer.attempt]);
    assert.deepEqual((await node.confirm(offer)).start, [offer.attempt]);
    assert.deepEqual((await node.renew(progress(offer, null, null))).lost, []);
    assert.equal((await lab.job('1')).progress, null);
  });

  when('progress never goes backwards, its text goes on', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    const steps = [
      { fraction: 0.25, text: 'reading', shows: { fraction: 0.25, text: 'reading' } },
      { fraction: 0.5, text: null, shows: { fraction: 0.5, text: 'reading' } },
      { fraction: 0.125, text: 'again', shows: { fraction: 0.5, text: 'again' } },
      { fraction: null, text: 'writing', shows: { fraction: 0.5, text: 'writing' } },
      { fraction: 1, text: 'written', shows: { fraction: 1, text: 'written' } },
    ];
    for (const { fraction, text, shows } of steps) {
      lab.clock.advance(10);
      const events = await lab.eventsOf(() => node.renew(progress(offer, fraction, text)));
      assert.deepEqual((await lab.job('1')).progress, { ...shows, counts: null, at: lab.clock.now() });
      assert.deepEqual(events, [], 'progress is not an event');
    }
    const { progress: shown, revision } = await lab.job('1');
    await lab.changesNothing(() => node.renew(progress(offer, null, null)));
    await node.finish(offer, 'failed');
    const job = await lab.job('1');
    assert.deepEqual(job.progress, shown, 'the last values stay on record');
    assert.equal(job.revision, revision + 1);
  });

  when('a first text without a fraction is progress of nothing done', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    await node.renew(progress(await lab.started(node), null, 'starting'));
    const at = lab.clock.now();
    assert.deepEqual((await lab.job('1')).progress, { fraction: 0, text: 'starting', counts: null, at });
  });

  when('counts are kept until others are told, and end with the attempt that had them', async (lab) => {
    await lab.submit({ retry: { max: 1, delayMs: 0 } });
    const node = await lab.worker();
    const offer = await lab.started(node);
    const counts = { done: 3, total: 12, unit: 'files' };
    await node.renew(progress(offer, null, null, counts));
    await node.renew(progress(offer, 0.5, 'reading'));
    const shown = (await lab.job('1')).progress;
    assert.deepEqual([shown?.fraction, shown?.counts], [0.5, counts]);
    const fewer = { done: 1, total: null, unit: null };
    await node.renew(progress(offer, null, null, fewer));
    assert.deepEqual((await lab.job('1')).progress?.counts, fewer);
    await node.finish(offer, 'failed');
    await lab.started(node);
    assert.equal((await lab.job('1')).progress, null);
  });

  when('what an attempt said last comes with its end, and stays on record', async (lab) => {
    await lab.submit({ retry: { max: 1, delayMs: 0 } });
    const node = await lab.worker();
    const offer = await lab.started(node);
    await node.renew(progress(offer, 0.5, 'reading'));
    const counts = { done: 7, total: 12, unit: 'files' };
    const last = { fraction: 0.25, text: 'file 8', counts };
    await node.finish(offer, 'failed', { progress: last });
    assert.equal((await lab.job('1')).progress, null, 'the next attempt begins at nothing');
    const again = await lab.started(node);
    await node.finish(again, 'failed', { progress: last });
    const { progress: shown, state } = await lab.job('1');
    assert.deepEqual([state, shown], ['failed', { ...last, at: lab.clock.now() }]);
    await node.finish(offer, 'succeeded', { progress: { ...last, fraction: 1 } });
    assert.deepEqual((await lab.job('1')).progress, shown, 'a late report changes nothing');
  });

  when('a worker that is not known, or is another’s, renews nothing', async (lab) => {
    const node = await lab.worker();
    const base = { principal: 'ada', progress: [] };
    await lab.refuses('worker_unknown', () => lab.storage.renewAttempts({ ...base, worker: node.id + 1 }));
    await lab.refuses('worker_unknown', () =>
      lab.storage.renewAttempts({ ...base, worker: node.id, principal: 'bob' }),
    );
  });

  when('a gap between sweeps extends every lease and offer once', async (lab) => {
    await lab.submitAll([{}, {}]);
    const node = await lab.worker();
    await lab.started(node);
    const [offer] = await node.offers(1);
    assert.ok(offer);
    await lab.storage.sweep();
    const gap = 10 * 60_000;
    const offerEndsAt = await offerEnd(lab);
    const { leaseEndsAt } = await workerOf(lab);
    lab.clock.advance(gap);
    assert.equal((await lab.storage.sweep()).extendedMs, gap);
    assert.deepEqual(await lab.states('1', '2'), ['running', 'offered']);
    assert.equal((await workerOf(lab)).leaseEndsAt, leaseEndsAt + gap);
    assert.equal(await offerEnd(lab), offerEndsAt + gap);
    assert.equal((await lab.storage.sweep()).extendedMs, 0);
    const swept = await lab.pass(lab.durations.offerMs);
    assert.equal(swept.extendedMs, 0);
    assert.deepEqual(await lab.states('1', '2'), ['running', 'ready']);
    await lab.pass(lab.durations.leaseMs - lab.durations.offerMs);
    assert.equal(await lab.state('1'), 'failed/lease_lost');
  });

  when('a gap extends an offer, but not the time limits of its job', async (lab) => {
    await lab.submitAll([{ limits: { startWithinMs: 5000 } }, { limits: { totalMs: 5000 } }]);
    await (await lab.worker()).offers(2);
    lab.clock.advance(6000);
    const swept = await lab.storage.sweep();
    assert.deepEqual(swept, { extendedMs: 6000, moved: 2, lostWorkers: 0 });
    assert.deepEqual(await lab.states('1', '2'), ['expired/start_time_limit', 'expired/total_time_limit']);
  });

  when('two periods between sweeps are no gap, a little more is one', async (lab) => {
    const { sweepMs } = lab.durations;
    await lab.storage.sweep();
    lab.clock.advance(2 * sweepMs);
    assert.equal((await lab.storage.sweep()).extendedMs, 0);
    lab.clock.advance(2 * sweepMs + 1);
    assert.equal((await lab.storage.sweep()).extendedMs, 2 * sweepMs + 1);
  });

  when('a gap does not extend what workers have lost before', async (lab) => {
    await lab.submit({ onLost: 'ask' });
    await lab.started(await lab.worker());
    await lab.pass(lab.durations.leaseMs);
    lab.clock.advance(60_000);
    assert.equal((await lab.storage.sweep()).extendedMs, 60_000);
    assert.equal((await workerOf(lab)).state, 'lost');
    assert.equal(await lab.state('1'), 'lost/lease_lost');
  });

  when('a clock that is set back changes nothing, and time goes on where it was', async (lab) => {
    await lab.submit({ limits: { startWithinMs: 1000 } });
    const noon = lab.clock.now();
    lab.clock.advance(500);
    await lab.act('hold', '1');
    lab.clock.set(noon - 3_600_000);
    await lab.storage.sweep();
    const late = await lab.submit();
    assert.equal(late.createdAt, noon + 500);
    await lab.act('release', '1');
    lab.clock.set(noon + 999);
    await lab.storage.sweep();
    assert.equal(await lab.state('1'), 'ready');
    lab.clock.set(noon + 1000);
    await lab.storage.sweep();
    assert.equal(await lab.state('1'), 'expired/start_time_limit');
  });

  when(
    'a lease that was renewed after a gap, before the sweep that finds it, is a whole one and not longer',
    async (lab) => {
      await lab.submit();
      const node = await lab.worker();
      await lab.started(node);
      await lab.storage.sweep();
      lab.clock.advance(86_400_000);
      await node.renew();
      assert.ok((await lab.storage.sweep()).extendedMs > 0);
      await lab.pass(lab.durations.leaseMs - 1);
      assert.equal(await lab.state('1'), 'running');
      await lab.pass(1);
      assert.equal(await lab.state('1'), 'failed/lease_lost');
    },
  );

  when(
    'while a clock that was set back is behind, time goes on at half its pace: leases end',
    async (lab) => {
      await lab.submit();
      const node = await lab.worker();
      const offer = await lab.started(node);
      const set = lab.clock.now() - 86_400_000;
      await lab.storage.sweep();
      lab.clock.set(set);
      assert.equal((await lab.storage.sweep()).extendedMs, 0);
      for (let passed = 500; passed < 2 * lab.durations.leaseMs; passed += 500) {
        lab.clock.set(set + passed);
        await lab.storage.sweep();
        assert.equal(await lab.state('1'), 'running', `after ${passed} ms`);
      }
      lab.clock.advance(500);
      assert.equal((await lab.storage.sweep()).lostWorkers, 1);
      assert.equal(await lab.state('1'), 'failed/lease_lost');
      assert.equal((await node.finish(offer, 'succeeded')).applied, false);
      // Put right again, it is ahead of what was told: nobody loses a lease by that.
      await lab.submit();
      const other = await lab.worker({ name: 'node08' });
      const again = await lab.started(other);
      lab.clock.set(set + 86_400_000 + 600_000);
      assert.ok((await lab.storage.sweep()).extendedMs > 0);
      assert.equal((await other.finish(again, 'succeeded')).applied, true);
    },
  );

  when('a clock that is set back twice does not hold up time for as long', async (lab) => {
    const noon = lab.clock.now();
    await lab.submit();
    for (const hours of [1, 2, 3]) {
      lab.clock.set(noon - hours * 3_600_000);
      const { createdAt } = await lab.submit();
      lab.clock.advance(1_000);
      assert.equal((await lab.submit()).createdAt, createdAt + 500, `set back by ${hours} h`);
    }
  });

  when('lost attempts are repeated as often as the retry policy says', async (lab) => {
    await lab.submit({ onLost: 'retry', retry: { max: 2, delayMs: 0 } });
    const node = await lab.worker();
    for (const state of ['ready', 'ready', 'failed/worker_forgot']) {
      await lab.started(node);
      await node.claim(0, []);
      assert.equal(await lab.state('1'), state);
    }
    assert.equal((await lab.attempts('1')).length, 3);
  });

  when('without a retry policy a lost attempt is repeated ten times', async (lab) => {
    await lab.submit({ onLost: 'retry', retry: { delayMs: 0 } });
    const node = await lab.worker();
    for (let times = 1; times <= 11; times++) {
      assert.equal(await lab.state('1'), 'ready', `before attempt ${times}`);
      await lab.started(node);
      await node.claim(0, []);
    }
    assert.equal(await lab.state('1'), 'failed/worker_forgot');
  });

  when(
    'another worker under the name of one that is at work is refused, and thereafter is one of its own',
    async (lab) => {
      await lab.submitAll([{ onLost: 'ask' }, {}]);
      const one = await lab.worker({ instance: 'a', host: 'node07.lab' });
      const [held] = await one.take(1);
      assert.ok(held);
      const fault = await lab.refuses('worker_name_taken', () => lab.worker({ instance: 'b' }));
      assert.match(fault.said.detail ?? '', /node07\.lab; its lease ends in 60 s/);
      assert.equal((await lab.worker()).id, one.id, 'who does not say which it is is the one that is known');
      assert.equal((await lab.worker({ instance: 'a' })).id, one.id);

      await lab.pass(lab.durations.leaseMs + lab.durations.sweepMs);
      assert.equal(await lab.state('1'), 'lost/lease_lost');
      const two = await lab.worker({ instance: 'b' });
      await two.take(1);
      assert.equal((await workerOf(lab, `node07@${writeWorker(one.id)}`)).id, one.id);
      assert.equal((await workerOf(lab)).id, two.id);
      await one.claim(0, [{ ...held, state: 'running' }]);
      assert.deepEqual(await lab.states('1', '2'), ['running', 'running'], 'neither speaks for the other');
      await lab.refuses('worker_name_taken', () => lab.worker({ instance: 'a' }));
    },
  );

  when('workers are listed with what they are and hold', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    const profile = {
      name: 'node09',
      principal: 'bob',
      labels: { gpu: 'a100' },
      tasks: ['align'],
      capacity: 3,
      accept: ['ada'],
      host: 'node09',
      account: 'bob',
    };
    const { worker, leaseMs } = await lab.storage.registerWorker({ profile });
    assert.equal(leaseMs, lab.durations.leaseMs);
    const node = await lab.worker();
    await node.take(2);
    await node.offers(1);
    const first = await lab.storage.listWorkers({ limit: 1 });
    const second = await lab.storage.listWorkers({ limit: 1, after: first.next ?? '' });
    assert.equal(second.next, null);
    const [bobs, adas] = [...first.items, ...second.items].sort((a, b) => a.id - b.id);
    assert.deepEqual(bobs, {
      id: worker,
      ...profile,
      registeredAt: lab.clock.now(),
      leaseEndsAt: lab.clock.now() + leaseMs,
      state: 'connected',
      holding: 0,
    });
    assert.deepEqual([adas?.id, adas?.name, adas?.holding], [node.id, 'node07', 3]);
  });
}

async function workerOf(lab: Lab, name = 'node07') {
  const { items } = await lab.storage.listWorkers({ limit: 100 });
  const worker = items.find((each) => each.name === name);
  assert.ok(worker);
  return worker;
}

/** When the offer of the second job ends. */
async function offerEnd(lab: Lab): Promise<number> {
  const { live } = await lab.storage.explainJob({ project: 'toxd', number: '2' });
  assert.ok(live?.offerEndsAt);
  return live.offerEndsAt;
}
