/** What a person says of lost jobs, and what is kept of reports that come too late. */
import assert from 'node:assert/strict';
import type { OfferedJob } from '../../src/ports/records/workers.ts';
import type { Harness } from './harness.ts';
import { casesFor, type Lab, placeOf } from './lab.ts';
import { LabRecorder } from './lab-recorder.ts';
import { held, type LabWorker } from './lab-worker.ts';

export function resolve(harness: Harness): void {
  const when = casesFor(harness);

  for (const outcome of ['succeeded', 'failed'] as const)
    when(`a lost job of which somebody says that it ${outcome} has ${outcome}`, async (lab) => {
      await reachLost(lab);
      await lab.submit({ after: [{ job: '1', on: outcome === 'failed' ? 'failure' : 'success' }] });
      const events = await lab.eventsOf(() => lab.act(`resolve_${outcome}`, '1'));
      assert.deepEqual(await lab.states('1', '2'), [`${outcome}/resolved`, 'ready']);
      const [attempt] = await lab.attempts('1');
      assert.deepEqual(
        [attempt?.outcome, attempt?.reason, attempt?.error, attempt?.finishedAt],
        ['lost', 'lease_lost', `ada said that it had ${outcome}`, lab.clock.now()],
      );
      assert.equal(events.find(({ type }) => type === 'jobs.ended')?.actor, 'ada');
    });

  when('a lost job that is to be tried again goes to the next worker at once', async (lab) => {
    const { node, offer } = await reachLost(lab, { retry: { max: 0, delayMs: 60_000 } });
    await lab.act('resolve_retry', '1');
    assert.equal(await lab.state('1'), 'ready');
    const [again] = await (await lab.worker({ name: 'node08' })).take(1);
    assert.equal(again?.attemptNumber, 2);
    const late = await node.finish(offer, 'succeeded');
    assert.deepEqual([late.applied, late.code], [false, 'epoch_stale']);
    assert.equal(await lab.state('1'), 'running');
    assert.deepEqual(
      (await lab.attempts('1')).map(({ outcome, error }) => [outcome, error]),
      [
        ['lost', 'ada had it tried again'],
        [null, null],
      ],
    );
  });

  when('the worker of a job that was resolved is told to give it up', async (lab) => {
    const { node, offer } = await reachLost(lab);
    await lab.act('resolve_failed', '1');
    const answer = await node.claim(0, [held(offer, 'running')]);
    assert.deepEqual(answer.abandon, [offer.attempt]);
  });

  when('only a lost job is resolved', async (lab) => {
    await lab.submit();
    for (const act of ['resolve_succeeded', 'resolve_failed', 'resolve_retry'] as const)
      await lab.refuses('state_conflict', () => lab.act(act, '1'));
    await lab.act('cancel', '1');
    await lab.refuses('state_conflict', () => lab.act('resolve_failed', '1'));
  });

  when('a recorded run that is lost is resolved, but not tried again', async (lab) => {
    const recorder = new LabRecorder(lab);
    await recorder.record({ project: 'toxd' });
    await lab.pass(lab.durations.leaseMs + 1_000);
    assert.equal(await lab.state('1'), 'lost/lease_lost');
    await lab.refuses('state_conflict', () => lab.act('resolve_retry', '1'));
    await lab.act('resolve_succeeded', '1');
    assert.equal(await lab.state('1'), 'succeeded/resolved');
  });

  when('a late report is kept with what it said, once, and changes nothing', async (lab) => {
    const { node, offer } = await reachLost(lab);
    await lab.act('resolve_failed', '1');
    const report = { exitCode: 0, outputs: [{ path: '/data/out' }] };
    const at = lab.clock.now();
    await node.finish(offer, 'succeeded', report);
    await lab.changesNothing(() => node.finish(offer, 'succeeded', report));
    await node.finish(offer, 'failed', { exitCode: 3, reason: 'exit_code', error: 'no space' });
    const late = { attempt: 1, epoch: offer.epoch, at };
    assert.deepEqual(await lab.storage.listLateReports(placeOf('1')), [
      { ...late, outcome: 'succeeded', exitCode: 0, reason: null, error: null, outputs: ['/data/out'] },
      { ...late, outcome: 'failed', exitCode: 3, reason: 'exit_code', error: 'no space', outputs: [] },
    ]);
    assert.equal(await lab.state('1'), 'failed/resolved');
    const told = (await lab.events()).filter(({ type }) => type === 'report.late');
    assert.equal(told.length, 2);
  });
}

/** Job 1 runs on a worker that is not heard of any more. */
async function reachLost(
  lab: Lab,
  more: Parameters<Lab['submit']>[0] = {},
): Promise<{ readonly node: LabWorker; readonly offer: OfferedJob }> {
  await lab.submit({ onLost: 'ask', ...more });
  const node = await lab.worker();
  const offer = await lab.started(node);
  await lab.pass(lab.durations.leaseMs + 1_000);
  assert.equal(await lab.state('1'), 'lost/lease_lost');
  return { node, offer };
}
