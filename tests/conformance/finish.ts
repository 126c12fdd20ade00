import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor, placeOf } from './lab.ts';
import { only, report } from './lab-worker.ts';

export function finish(harness: Harness): void {
  const when = casesFor(harness);

  when('a success ends the job, and the attempt keeps what was reported', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    const startedAt = lab.clock.now();
    lab.clock.advance(1500);
    const events = await lab.eventsOf(async () => {
      const result = await node.finish(offer, 'succeeded', { exitCode: 0 });
      assert.deepEqual(result, { attempt: offer.attempt, applied: true, code: null });
    });
    const job = await lab.job('1');
    const { state, reason, exitCode, finishedAt, attempts, revision } = job;
    assert.deepEqual(
      { state, reason, exitCode, startedAt: job.startedAt, finishedAt, attempts, revision },
      {
        state: 'succeeded',
        reason: null,
        exitCode: 0,
        startedAt,
        finishedAt: lab.clock.now(),
        attempts: 1,
        revision: 4,
      },
    );
    assert.deepEqual(await lab.attempts('1'), [
      {
        jobId: job.id,
        attempt: 1,
        epoch: offer.epoch,
        workerId: node.id,
        worker: 'node07',
        startedAt,
        finishedAt: lab.clock.now(),
        outcome: 'succeeded',
        exitCode: 0,
        reason: null,
        error: null,
        run: null,
      },
    ]);
    assert.deepEqual(
      events.map(({ type, actor, jobs }) => ({ type, actor, jobs })),
      [{ type: 'jobs.ended', actor: 'ada', jobs: [{ ref: 'toxd/1', state: 'succeeded', revision: 4 }] }],
    );
  });

  when('of many ends at once, most of them alike, each job keeps its own', async (lab) => {
    const kinds = [0, 0, 0, 0, 7, 0, 0, 0, 0, 8];
    const limits = (index: number) => (index % 10 === 3 ? { limits: { attemptMs: 60_000 } } : {});
    await lab.submitAll(Array.from({ length: 40 }, (_, index) => limits(index)));
    const node = await lab.worker();
    const offers = await node.take(40);
    assert.equal(offers.length, 40);
    const ends = offers.map((offer, index) => {
      const exitCode = kinds[index % 10] ?? 0;
      return report(offer, exitCode === 0 ? 'succeeded' : 'failed', { exitCode });
    });
    const [event] = await lab.eventsOf(() => node.finishAll(ends));
    const numbers = offers.map(({ number }) => number);
    assert.deepEqual(
      event?.jobs.map(({ ref }) => ref),
      numbers.map((number) => `toxd/${number}`),
    );
    for (const [index, number] of numbers.entries()) {
      const exitCode = kinds[index % 10] ?? 0;
      const { state, ...job } = await lab.job(number);
      const [attempt, ...others] = await lab.attempts(number);
      assert.deepEqual([state, job.exitCode], [exitCode === 0 ? 'succeeded' : 'failed', exitCode]);
      assert.deepEqual([attempt?.outcome, attempt?.exitCode, others.length], [state, exitCode, 0]);
    }
  });

  when('a failure keeps its cause', async (lab) => {
    await lab.submitAll([{}, {}]);
    const node = await lab.worker();
    const [one, two] = await node.take(2);
    assert.ok(one && two);
    await node.finish(one, 'failed', { exitCode: 3 });
    await node.finish(two, 'failed', { exitCode: null, reason: 'not_started', error: 'no such file “x”' });
    assert.deepEqual(await lab.states('1', '2'), ['failed/exit_code', 'failed/not_started']);
    assert.equal((await lab.job('1')).exitCode, 3);
    const [attempt] = await lab.attempts('2');
    assert.deepEqual(
      [attempt?.outcome, attempt?.reason, attempt?.error],
      ['failed', 'not_started', 'no such file “x”'],
    );
    assert.equal((await lab.storage.explainJob(placeOf('2'))).error, 'no such file “x”');
    assert.deepEqual(
      (await lab.attempts('1')).map(({ reason }) => reason),
      ['exit_code'],
    );
  });

  when('an attempt that its worker cancelled by itself is cancelled as reported', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    await node.finish(await lab.started(node), 'cancelled');
    assert.equal(await lab.state('1'), 'cancelled/reported');
  });

  for (const outcome of ['succeeded', 'failed', 'cancelled'] as const)
    when(`repeating a report of ${outcome} answers the same and changes nothing`, async (lab) => {
      await lab.submit();
      const node = await lab.worker();
      const offer = await lab.started(node);
      const said = { outputs: [{ path: 'out' }] };
      await node.finish(offer, outcome, said);
      const again = await lab.changesNothing(() => node.finish(offer, outcome, said));
      assert.deepEqual(again, { attempt: offer.attempt, applied: true, code: null });
    });

  when('a failure after a request to stop is a cancellation, also when it is reported twice', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    await lab.act('cancel', '1');
    assert.equal((await node.finish(offer, 'failed')).applied, true);
    assert.equal(await lab.state('1'), 'cancelled/requested');
    assert.equal((await lab.changesNothing(() => node.finish(offer, 'failed'))).applied, true);
  });

  when('repeating the report of an attempt, when the next one runs, changes nothing', async (lab) => {
    await lab.submit({ retry: { max: 1, delayMs: 0 } });
    const node = await lab.worker();
    const first = await lab.started(node);
    await node.finish(first, 'failed');
    await lab.started(node);
    const again = await lab.changesNothing(() => node.finish(first, 'failed'));
    assert.deepEqual(again, { attempt: first.attempt, applied: true, code: null });
  });

  when('another report of an ended attempt is late, and changes nothing', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    await node.finish(offer, 'failed');
    const before = await lab.job('1');
    const events = await lab.eventsOf(async () => {
      const result = await node.finish(offer, 'succeeded', { outputs: [{ path: 'late' }] });
      assert.deepEqual(result, { attempt: offer.attempt, applied: false, code: 'epoch_stale' });
    });
    assert.deepEqual(await lab.job('1'), before);
    assert.deepEqual(
      events.map(({ type, project, jobs }) => ({ type, project, jobs })),
      [
        {
          type: 'report.late',
          project: 'toxd',
          jobs: [{ ref: 'toxd/1', state: 'failed', revision: before.revision }],
        },
      ],
    );
  });

  when('a report of an attempt that was taken away is late, whatever became of the job', async (lab) => {
    await lab.submit({ onLost: 'retry', retry: { max: 3, delayMs: 0 } });
    const node = await lab.worker();
    const first = await lab.started(node);
    await node.claim(0, []);
    const second = await lab.started(node);
    assert.equal(second.attemptNumber, 2);
    const result = await node.finish(first, 'succeeded');
    assert.deepEqual(result, { attempt: first.attempt, applied: false, code: 'epoch_stale' });
    assert.equal(await lab.state('1'), 'running');
    assert.equal((await node.finish(second, 'succeeded')).applied, true);
    const outcomes = (await lab.attempts('1')).map(({ attempt, epoch, outcome }) => ({
      attempt,
      epoch,
      outcome,
    }));
    assert.deepEqual(outcomes, [
      { attempt: 1, epoch: first.epoch, outcome: 'lost' },
      { attempt: 2, epoch: second.epoch, outcome: 'succeeded' },
    ]);
  });

  when('a cancelled job stays cancelled, whatever is reported late', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = only(await node.offers(1));
    await lab.act('cancel', '1');
    const result = await node.finish(offer, 'succeeded');
    assert.deepEqual([result.applied, result.code], [false, 'epoch_stale']);
    assert.equal(await lab.state('1'), 'cancelled/requested');
  });

  when('a returned attempt is not counted, and what it left is not in the way of the next', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const first = await lab.started(node);
    const text = (data: string) => ({ stream: 'stdout', sequence: 0, data: Buffer.from(data) }) as const;
    await node.output(first, text('of the first'));
    await node.renew({ ...first, fraction: 0.9, text: 'nearly', counts: null });
    assert.equal((await node.finish(first, 'returned', { outputs: [{ path: 'half' }] })).applied, true);
    const back = await lab.job('1');
    assert.deepEqual([back.state, back.attempts, back.files], ['ready', 0, []]);
    assert.deepEqual(await lab.attempts('1'), []);
    const second = await lab.started(node);
    assert.deepEqual([second.attempt, second.attemptNumber], [first.attempt, 1]);
    assert.ok(second.epoch > first.epoch);
    assert.equal((await lab.job('1')).progress, null);
    await node.output(second, text('of the second'));
    const log = await lab.storage.readLog({ ...placeOf('1'), attempt: 1, after: -1, limit: 10 });
    assert.deepEqual(
      log.chunks.map(({ data }) => Buffer.from(data).toString()),
      ['of the second'],
    );
  });

  when('an offer may be returned before it starts', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = only(await node.offers(1));
    assert.equal((await node.finish(offer, 'returned')).applied, true);
    const job = await lab.job('1');
    assert.deepEqual([job.state, job.attempts], ['ready', 0]);
    assert.ok(only(await node.offers(1)).epoch > offer.epoch);
  });

  when('an offer that was not confirmed has no end to report', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = only(await node.offers(1));
    for (const outcome of ['succeeded', 'failed', 'cancelled'] as const) {
      const result = await lab.changesNothing(() => node.finish(offer, outcome));
      assert.deepEqual(result, { attempt: offer.attempt, applied: false, code: 'state_conflict' });
    }
    assert.deepEqual((await node.confirm(offer)).start, [offer.attempt]);
  });

  when('a returned attempt that was to be cancelled is cancelled', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    await lab.act('cancel', '1');
    await node.finish(offer, 'returned');
    assert.equal(await lab.state('1'), 'cancelled/requested');
  });

  when('many attempts are ended in one call, each judged by itself', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    const node = await lab.worker();
    const [one, two, three] = await node.take(3);
    assert.ok(one && two && three);
    const results = await node.finishAll([
      report(three, 'failed'),
      report({ attempt: 'No Attempt', epoch: 1 }, 'succeeded'),
      report({ ...one, epoch: one.epoch - 1 }, 'succeeded'),
      report({ attempt: 'zzzz-1', epoch: 1 }, 'succeeded'),
      report(two, 'succeeded'),
    ]);
    assert.deepEqual(results, [
      { attempt: three.attempt, applied: true, code: null },
      { attempt: 'No Attempt', applied: false, code: 'attempt_unknown' },
      { attempt: one.attempt, applied: false, code: 'epoch_stale' },
      { attempt: 'zzzz-1', applied: false, code: 'attempt_unknown' },
      { attempt: two.attempt, applied: true, code: null },
    ]);
    assert.deepEqual(await lab.states('1', '2', '3'), ['running', 'succeeded', 'failed/exit_code']);
  });

  when('a report that stands twice in one call is applied once', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    const said = report(offer, 'succeeded', { outputs: [{ path: 'out' }] });
    const results = await node.finishAll([said, said]);
    assert.deepEqual(
      results.map(({ applied }) => applied),
      [true, true],
    );
    assert.equal((await lab.attempts('1')).length, 1);
    assert.equal((await lab.job('1')).files.length, 1);
    assert.equal((await lab.events()).filter(({ type }) => type === 'report.late').length, 0);
  });

  when('nobody ends the attempts of somebody else’s worker', async (lab) => {
    await lab.submit();
    const offer = await lab.started(await lab.worker());
    const stranger = await lab.worker({ principal: 'bob' });
    await lab.refuses('forbidden', () => stranger.finish(offer, 'succeeded'));
  });

  when('a late report of somebody who cannot have had the job is not recorded', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    const stranger = await lab.worker({ principal: 'bob' });
    const stale = { attempt: offer.attempt, epoch: offer.epoch - 1 };
    const result = await lab.changesNothing(() => stranger.finish(stale, 'succeeded'));
    assert.deepEqual(result, { attempt: offer.attempt, applied: false, code: 'forbidden' });
  });

  when('a lost job whose policy is to ask takes the late report', async (lab) => {
    await lab.submitAll([{ onLost: 'ask' }, { onLost: 'ask', retry: { max: 1, delayMs: 0 } }]);
    const node = await lab.worker();
    const [one, two] = await node.take(2);
    assert.ok(one && two);
    await node.claim(0, []);
    assert.equal((await node.finish(one, 'succeeded')).applied, true);
    assert.equal((await node.finish(two, 'failed')).applied, true);
    assert.deepEqual(await lab.states('1', '2'), ['succeeded', 'ready']);
    const [attempt] = await lab.attempts('1');
    assert.deepEqual([attempt?.epoch, attempt?.outcome], [one.epoch, 'succeeded']);
  });

  when('a lost job may be handed back', async (lab) => {
    await lab.submit({ onLost: 'ask' });
    const node = await lab.worker();
    const offer = await lab.started(node);
    await node.claim(0, []);
    assert.equal((await node.finish(offer, 'returned')).applied, true);
    const job = await lab.job('1');
    assert.deepEqual([job.state, job.attempts], ['ready', 0]);
  });
}
