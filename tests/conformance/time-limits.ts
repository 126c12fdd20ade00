import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor } from './lab.ts';
import { held, only } from './lab-worker.ts';

export function timeLimits(harness: Harness): void {
  const when = casesFor(harness);

  when('a job that waits for its time is ready when it comes', async (lab) => {
    await lab.submit({ notBefore: lab.clock.now() + 1000 });
    await lab.pass(999);
    assert.equal(await lab.state('1'), 'waiting/time');
    const swept = await lab.pass(1);
    assert.equal(swept.moved, 1);
    const job = await lab.job('1');
    assert.deepEqual([job.state, job.reason, job.revision], ['ready', null, 2]);
  });

  when('a job that does not start in time expires, wherever it waits', async (lab) => {
    const limits = { startWithinMs: 1000 };
    await lab.submit({ task: 'first', limits });
    await lab.submitAll([
      { limits },
      { limits, hold: true },
      { limits, notBefore: 1e13 },
      { limits, after: [{ job: 0, on: 'any' }], hold: true },
    ]);
    only(await (await lab.worker({ tasks: ['first'] })).offers(1));
    await lab.pass(999);
    assert.deepEqual(await lab.states('1', '2'), ['offered', 'ready']);
    const events = await lab.eventsOf(() => lab.pass(1));
    for (const number of ['1', '2', '3', '4', '5'])
      assert.equal(await lab.state(number), 'expired/start_time_limit', number);
    assert.deepEqual(
      events.map(({ type, jobs }) => [type, jobs.length]),
      [['jobs.ended', 5]],
    );
    assert.deepEqual(await lab.attempts('1'), []);
  });

  when('a job that has started in time does not expire, nor between its attempts', async (lab) => {
    await lab.submit({ limits: { startWithinMs: 1000 }, retry: { max: 1, delayMs: 5000 } });
    const node = await lab.worker();
    await node.finish(await lab.started(node), 'failed');
    await lab.pass(4999);
    assert.equal(await lab.state('1'), 'waiting/retry_delay');
    await lab.pass(2000);
    assert.equal(await lab.state('1'), 'ready');
  });

  when(
    'the worker of an attempt that takes too long is asked to end it; then it is repeated by its policy',
    async (lab) => {
      await lab.submit({ limits: { attemptMs: 1000 }, retry: { max: 1, delayMs: 0 } });
      const node = await lab.worker();
      const first = await lab.started(node);
      await lab.pass(999);
      assert.equal(await lab.state('1'), 'running');
      const events = await lab.eventsOf(() => lab.pass(1));
      assert.deepEqual(
        events.map(({ type, jobs }) => [type, jobs.map(({ state }) => state)]),
        [['jobs.changed', ['running']]],
      );
      assert.equal(await lab.state('1'), 'running/attempt_time_limit');
      const told = await node.claim(1, [held(first, 'running')]);
      assert.deepEqual([told.offers, told.cancel], [[], [first.attempt]], 'nobody gets it while it may run');
      await lab.changesNothing(() => lab.pass(2000));
      assert.equal((await node.finish(first, 'cancelled')).applied, true);
      assert.equal(await lab.state('1'), 'ready');
      const second = await lab.started(node);
      await lab.pass(1000);
      await node.finish(second, 'failed', { reason: 'signal', error: 'ended by SIGTERM' });
      assert.equal(await lab.state('1'), 'failed/attempt_time_limit');
      const attempts = await lab.attempts('1');
      assert.deepEqual(
        attempts.map(({ attempt, outcome, reason, error }) => [attempt, outcome, reason, error]),
        [
          [1, 'failed', 'attempt_time_limit', null],
          [2, 'failed', 'attempt_time_limit', 'ended by SIGTERM'],
        ],
      );
    },
  );

  when(
    'what ended well after its time was over has succeeded; what is handed back has failed',
    async (lab) => {
      const limits = { attemptMs: 1000 };
      await lab.submitAll([{ limits }, { limits }]);
      const node = await lab.worker();
      const [done, returned] = await node.take(2);
      assert.ok(done && returned);
      await lab.pass(1000);
      await node.finish(done, 'succeeded');
      await node.finish(returned, 'returned');
      assert.deepEqual(await lab.states('1', '2'), ['succeeded', 'failed/attempt_time_limit']);
    },
  );

  const lostOverTime = [
    { onLost: 'fail', max: 1, state: 'failed/attempt_time_limit' },
    { onLost: 'ask', max: 1, state: 'failed/attempt_time_limit' },
    { onLost: 'retry', max: 0, state: 'failed/attempt_time_limit' },
    { onLost: 'retry', max: 1, state: 'ready' },
  ] as const;
  for (const { onLost, max, state } of lostOverTime) {
    when(`over its time and then lost, with onLost ${onLost} and ${max} retries: ${state}`, async (lab) => {
      await lab.submit({ limits: { attemptMs: 1000 }, onLost, retry: { max, delayMs: 0 } });
      const first = await lab.started(await lab.worker());
      await lab.pass(lab.durations.leaseMs - 1);
      assert.equal(await lab.state('1'), 'running/attempt_time_limit');
      await lab.pass(1);
      assert.equal(await lab.state('1'), state);
      const [attempt] = await lab.attempts('1');
      assert.deepEqual([attempt?.outcome, attempt?.reason], ['lost', 'lease_lost']);
      const late = await (await lab.worker()).finish(first, 'succeeded');
      assert.deepEqual([late.applied, late.code], [false, 'epoch_stale']);
    });
  }

  when('what was to be cancelled is cancelled when its time is over, and not repeated', async (lab) => {
    const retry = { max: 5, delayMs: 0 };
    await lab.submitAll([
      { limits: { attemptMs: 1000 }, retry },
      { limits: { totalMs: 1000 }, retry },
      { limits: { attemptMs: 1000 }, retry },
    ]);
    const node = await lab.worker();
    const offers = await node.take(3);
    for (const number of ['1', '2']) await lab.act('cancel', number);
    await lab.pass(1000);
    assert.deepEqual(await lab.states('1', '2', '3'), ['running', 'running', 'running/attempt_time_limit']);
    await lab.act('cancel', '3');
    assert.equal(await lab.state('3'), 'running');
    for (const offer of offers) await node.finish(offer, 'failed');
    assert.deepEqual(await lab.states('1', '2', '3'), [
      'cancelled/requested',
      'cancelled/requested',
      'cancelled/requested',
    ]);
  });

  when('the time of an attempt is counted from its start, not from its offer', async (lab) => {
    await lab.submit({ limits: { attemptMs: 1000 } });
    const node = await lab.worker();
    const offer = only(await node.offers(1));
    await lab.pass(900);
    await node.confirm(offer);
    await lab.pass(999);
    assert.equal(await lab.state('1'), 'running');
    await lab.pass(1);
    assert.equal(await lab.state('1'), 'running/attempt_time_limit');
  });

  when(
    'a job that takes too long as a whole is ended if it runs, and expires if it does not',
    async (lab) => {
      const limits = { totalMs: 1000 };
      await lab.submitAll([
        { limits, retry: { max: 5, delayMs: 0 } },
        { limits, hold: true },
        { limits, retry: { max: 5, delayMs: 10_000 } },
      ]);
      const node = await lab.worker();
      const [running, failed] = await node.take(2);
      assert.ok(running && failed);
      await node.finish(failed, 'failed');
      await lab.pass(999);
      assert.deepEqual(await lab.states('1', '2', '3'), ['running', 'waiting/held', 'waiting/retry_delay']);
      await lab.pass(1);
      assert.deepEqual(await lab.states('1', '2', '3'), [
        'running/total_time_limit',
        'expired/total_time_limit',
        'expired/total_time_limit',
      ]);
      await node.finish(running, 'cancelled');
      assert.equal(await lab.state('1'), 'failed/total_time_limit', 'and is not tried again');
      const [attempt] = await lab.attempts('1');
      assert.deepEqual([attempt?.outcome, attempt?.reason], ['failed', 'total_time_limit']);
    },
  );

  when('jobs whose time is over together are each judged by their own limits', async (lab) => {
    await lab.submit({ limits: { startWithinMs: 500 } });
    await lab.submitAll([
      { limits: { startWithinMs: 900 }, after: [{ job: 'toxd/1' }] },
      { after: [{ job: 'toxd/1' }] },
    ]);
    await lab.pass(1000);
    assert.deepEqual(await lab.states('1', '2', '3'), [
      'expired/start_time_limit',
      'expired/start_time_limit',
      'cancelled/dependency_failed',
    ]);
  });

  when('a long sleep of the servers does not start what has expired meanwhile', async (lab) => {
    await lab.submit({ notBefore: lab.clock.now() + 1000, limits: { startWithinMs: 2000 } });
    lab.clock.advance(3_600_000);
    await lab.storage.sweep();
    assert.equal(await lab.state('1'), 'expired/start_time_limit');
  });

  when('a sweep in which nothing is due changes nothing', async (lab) => {
    await lab.submitAll([{}, { hold: true }, { notBefore: 1e13 }, { limits: { totalMs: 1e9 } }]);
    const node = await lab.worker();
    await lab.started(node);
    lab.clock.advance(1000);
    const swept = await lab.changesNothing(() => lab.storage.sweep());
    assert.deepEqual(swept, { extendedMs: 0, moved: 0, lostWorkers: 0 });
  });
}
