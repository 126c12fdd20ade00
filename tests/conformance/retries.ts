import assert from 'node:assert/strict';
import type { JobRequest } from '../../src/core/jobs/specify.ts';
import type { Harness } from './harness.ts';
import { casesFor, type Lab } from './lab.ts';
import type { LabWorker } from './lab-worker.ts';

export function retries(harness: Harness): void {
  const when = casesFor(harness);

  when('a failed attempt is repeated after its delay, which grows up to its cap', async (lab) => {
    await lab.submit({ retry: { max: 4, delayMs: 1000, factor: 3, delayMsMax: 5000 } });
    const node = await lab.worker();
    for (const delay of [1000, 3000, 5000, 5000]) {
      await fail(lab, node);
      assert.equal(await lab.state('1'), 'waiting/retry_delay');
      lab.clock.advance(delay - 1);
      await lab.changesNothing(() => lab.storage.sweep());
      lab.clock.advance(1);
      await lab.storage.sweep();
      assert.equal(await lab.state('1'), 'ready', `after ${delay} ms`);
    }
    await fail(lab, node);
    assert.equal(await lab.state('1'), 'failed/exit_code');
    const numbers = (await lab.attempts('1')).map(({ attempt, outcome }) => [attempt, outcome]);
    assert.deepEqual(
      numbers,
      [1, 2, 3, 4, 5].map((attempt) => [attempt, 'failed']),
    );
  });

  for (const [drawn, delay] of [
    [0, 900],
    [0.25, 950],
    [0.999_999, 1100],
  ] as const)
    when(`chance ${drawn} makes a delay of a second ${delay} ms`, async (lab) => {
      await lab.submit({ retry: { max: 1, delayMs: 1000 } });
      lab.chance.drawn = drawn;
      await fail(lab, await lab.worker());
      lab.clock.advance(delay - 1);
      await lab.storage.sweep();
      assert.equal(await lab.state('1'), 'waiting/retry_delay');
      lab.clock.advance(1);
      await lab.storage.sweep();
      assert.equal(await lab.state('1'), 'ready');
    });

  when('a retry without delay is ready at once, with a new attempt and a new epoch', async (lab) => {
    await lab.submit({ retry: { max: 1, delayMs: 0 } });
    const node = await lab.worker();
    const first = await lab.started(node);
    await node.finish(first, 'failed');
    const job = await lab.job('1');
    assert.deepEqual([job.state, job.startedAt, job.exitCode, job.finishedAt], ['ready', null, null, null]);
    const second = await lab.started(node);
    assert.equal(second.attemptNumber, 2);
    assert.notEqual(second.attempt, first.attempt);
    assert.ok(second.epoch > first.epoch);
  });

  when('a success ends the job, however many retries are left', async (lab) => {
    await lab.submit({ retry: { max: 5, delayMs: 0 } });
    const node = await lab.worker();
    await fail(lab, node);
    await node.finish(await lab.started(node), 'succeeded');
    const job = await lab.job('1');
    assert.deepEqual([job.state, job.attempts], ['succeeded', 2]);
  });

  when('a returned attempt does not use up a retry', async (lab) => {
    await lab.submit({ retry: { max: 1, delayMs: 0 } });
    const node = await lab.worker();
    for (let times = 0; times < 3; times++) await node.finish(await lab.started(node), 'returned');
    await fail(lab, node);
    assert.equal(await lab.state('1'), 'ready');
    await fail(lab, node);
    assert.equal(await lab.state('1'), 'failed/exit_code');
  });

  when('a retry that would come too late for the whole job is not made', async (lab) => {
    await lab.submit({ retry: { max: 3, delayMs: 0 }, limits: { totalMs: 10 } });
    const node = await lab.worker();
    const offer = await lab.started(node);
    lab.clock.advance(10);
    await node.finish(offer, 'failed');
    assert.equal(await lab.state('1'), 'failed/exit_code');
  });

  when('a job held while it pauses before a retry stays held', async (lab) => {
    await lab.submit({ retry: { max: 1, delayMs: 100 } });
    await fail(lab, await lab.worker());
    await lab.act('hold', '1');
    assert.equal(await lab.state('1'), 'waiting/held');
    await lab.pass(200);
    assert.equal(await lab.state('1'), 'waiting/held');
    await lab.act('release', '1');
    assert.equal(await lab.state('1'), 'ready');
  });

  const endings: readonly {
    end: string;
    reach: (lab: Lab, node: LabWorker) => Promise<unknown>;
    request?: JobRequest;
    ran: number;
  }[] = [
    { end: 'failed', reach: (lab, node) => fail(lab, node), ran: 1 },
    { end: 'cancelled', reach: (lab) => lab.act('cancel', '1'), ran: 0 },
    { end: 'expired', reach: (lab) => lab.pass(1000), request: { limits: { startWithinMs: 1000 } }, ran: 0 },
  ];
  for (const { end, reach, request, ran } of endings)
    when(`a job that is ${end} gets another attempt when somebody asks for it`, async (lab) => {
      const node = await lab.worker();
      await lab.submit({ ...request });
      await reach(lab, node);
      const [before] = await lab.list();
      assert.equal(before?.state, end);
      lab.clock.advance(50);
      const [job] = await lab.act('retry', '1');
      assert.deepEqual(job, {
        ...before,
        state: 'ready',
        reason: null,
        startedAt: null,
        finishedAt: null,
        exitCode: null,
        revision: before.revision + 1,
      });
      assert.equal((await lab.started(node)).attemptNumber, ran + 1);
      assert.equal((await lab.job('1')).attempts, ran + 1);
    });

  when('a denied job is retried when its owner may run it again', async (lab) => {
    const node = await lab.worker({ accept: ['bob'] });
    await lab.submit({}, { owner: 'bob' });
    await node.offers(1);
    assert.equal(await lab.state('1'), 'denied/owner_refused');
    await lab.grant({ principal: 'bob' });
    await lab.act('retry', '1');
    assert.equal((await node.take(1)).length, 1);
  });

  when('limits are counted anew from a retry', async (lab) => {
    await lab.submit({ limits: { startWithinMs: 5000, totalMs: 8000 } });
    await lab.pass(5000);
    assert.equal(await lab.state('1'), 'expired/start_time_limit');
    await lab.pass(1000);
    await lab.act('retry', '1');
    await lab.pass(4999);
    assert.equal(await lab.state('1'), 'ready');
    await lab.started(await lab.worker());
    await lab.pass(3000);
    assert.equal(await lab.state('1'), 'running');
    await lab.pass(1);
    assert.equal(await lab.state('1'), 'running/total_time_limit');
  });

  when('an old request to stop does not concern the attempt after a retry', async (lab) => {
    const node = await lab.worker();
    await lab.submit();
    const offer = await lab.started(node);
    await lab.act('cancel', '1');
    await node.finish(offer, 'cancelled');
    await lab.act('retry', '1');
    const next = await lab.started(node);
    assert.equal((await lab.job('1')).cancelRequestedAt, null);
    assert.deepEqual((await node.renew()).cancel, []);
    await node.finish(next, 'succeeded');
    assert.equal(await lab.state('1'), 'succeeded');
  });

  when('a retry is refused while what it comes after can never be met, and names it', async (lab) => {
    await lab.submitAll([{}, { after: [{ job: 0 }] }]);
    await lab.act('cancel', '1');
    const fault = await lab.refuses('state_conflict', () => lab.act('retry', '2'));
    assert.match(fault.message, /toxd\/1/);
    await lab.act('retry', '1');
    await lab.act('retry', '2');
    assert.deepEqual(await lab.states('1', '2'), ['ready', 'waiting/dependency']);
    const node = await lab.worker();
    await node.finish(await lab.started(node), 'succeeded');
    assert.equal(await lab.state('2'), 'ready');
  });

  when('a retry does not bring back what ended behind it', async (lab) => {
    await lab.submitAll([{}, { after: [{ job: 0 }] }]);
    await lab.act('cancel', '1');
    await lab.act('retry', '1');
    assert.deepEqual(await lab.states('1', '2'), ['ready', 'cancelled/dependency_failed']);
  });

  when('a cancelled draft is submitted by its retry', async (lab) => {
    await lab.submit({ submit: false });
    await lab.act('cancel', '1');
    lab.clock.advance(10);
    const [job] = await lab.act('retry', '1');
    assert.deepEqual([job?.state, job?.submittedAt], ['ready', lab.clock.now()]);
  });

  when('progress begins anew with each attempt', async (lab) => {
    const node = await lab.worker();
    await lab.submit({ retry: { max: 1, delayMs: 0 } });
    for (const again of ['by its policy', 'by somebody', 'at last']) {
      const offer = await lab.started(node);
      assert.equal((await lab.job('1')).progress, null, again);
      await node.renew({ ...offer, fraction: 0.8, text: 'nearly', counts: null });
      await node.finish(offer, 'failed');
      if (again === 'by somebody') await lab.act('retry', '1');
    }
    assert.deepEqual((await lab.job('1')).progress, {
      fraction: 0.8,
      text: 'nearly',
      counts: null,
      at: lab.clock.now(),
    });
  });

  when('progress begins anew when a lost attempt is repeated', async (lab) => {
    const node = await lab.worker();
    await lab.submit({ onLost: 'ask', retry: { max: 1, delayMs: 0 } });
    const offer = await lab.started(node);
    await node.renew({ ...offer, fraction: 0.8, text: 'nearly', counts: null });
    await node.claim(0, []);
    await node.finish(offer, 'failed');
    assert.equal(await lab.state('1'), 'ready');
    await lab.started(node);
    assert.equal((await lab.job('1')).progress, null);
  });
}

async function fail(lab: Lab, node: LabWorker): Promise<void> {
  await node.finish(await lab.started(node), 'failed');
}
