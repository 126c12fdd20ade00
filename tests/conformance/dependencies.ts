import assert from 'node:assert/strict';
import type { Dependency } from '../../src/core/jobs/job.ts';
import type { Harness } from './harness.ts';
import { casesFor, type Lab, project } from './lab.ts';

type End = 'succeeded' | 'failed' | 'cancelled' | 'expired' | 'denied';

export function dependencies(harness: Harness): void {
  const when = casesFor(harness);

  const verdicts = {
    success: { succeeded: 'ready', failed: 'never', cancelled: 'never', expired: 'never', denied: 'never' },
    failure: { succeeded: 'never', failed: 'ready', cancelled: 'ready', expired: 'ready', denied: 'ready' },
    any: { succeeded: 'ready', failed: 'ready', cancelled: 'ready', expired: 'ready', denied: 'ready' },
  } as const;
  for (const [on, ends] of Object.entries(verdicts) as [Dependency['on'], Record<End, string>][]) {
    for (const [end, verdict] of Object.entries(ends) as [End, string][]) {
      const expected = verdict === 'ready' ? 'ready' : 'cancelled/dependency_failed';
      when(`a job that comes after ${on} of one that ends ${end} is then ${expected}`, async (lab) => {
        await lab.grant({ principal: 'guest', role: 'viewer' });
        const owner = end === 'denied' ? 'guest' : 'ada';
        await lab.submit(end === 'expired' ? { limits: { startWithinMs: 1 } } : {}, { owner });
        await lab.submitAll([{ after: [{ job: '1', on }] }]);
        assert.equal(await lab.state('2'), 'waiting/dependency');
        await endJob(lab, end);
        assert.equal((await lab.job('1')).state, end);
        assert.equal(await lab.state('2'), expected);
        await lab.submit({ after: [{ job: '1', on }] });
        assert.equal(await lab.state('3'), expected, 'and so does one that comes when that has ended');
      });
    }
  }

  when('a job waits for all that it comes after', async (lab) => {
    const node = await lab.worker();
    await lab.submitAll([{}, {}, { after: [{ job: 0 }, { job: 1 }] }]);
    const [one, two] = await node.take(2);
    assert.ok(one && two);
    const events = await lab.eventsOf(() => node.finish(one, 'succeeded'));
    assert.deepEqual(
      events.flatMap(({ jobs }) => jobs.map(({ ref }) => ref)),
      [`${project}/1`],
      'a job that goes on waiting has not changed',
    );
    assert.equal(await lab.state('3'), 'waiting/dependency');
    await node.finish(two, 'succeeded');
    const job = await lab.job('3');
    assert.deepEqual([job.state, job.revision], ['ready', 2]);
  });

  when('jobs that end in one report free those that come after them once', async (lab) => {
    const node = await lab.worker();
    await lab.submitAll([{}, {}, { after: [{ job: 0 }, { job: 1, on: 'any' }] }]);
    const taken = await node.take(2);
    const ends = taken.map((offer) => ({ ...ended, attempt: offer.attempt, epoch: offer.epoch }));
    await node.finishAll(ends);
    const job = await lab.job('3');
    assert.deepEqual([job.state, job.revision], ['ready', 2]);
  });

  when('naming the same job twice is waiting for it once', async (lab) => {
    const node = await lab.worker();
    await lab.submit();
    await lab.submit({ after: [{ job: '1' }, { job: 'toxd/1' }] });
    assert.equal(await lab.state('2'), 'waiting/dependency');
    await node.finish(await lab.started(node), 'succeeded');
    assert.equal(await lab.state('2'), 'ready');
  });

  when('what was met once is met, though that job is tried again', async (lab) => {
    const node = await lab.worker({ tasks: ['first'] });
    await lab.submitAll([
      { command: null, task: 'first' },
      { command: null, task: 'other' },
    ]);
    await lab.submit({ after: [{ job: '1', on: 'any' }, { job: '2' }] });
    await node.finish(await lab.started(node), 'failed');
    await lab.act('retry', '1');
    assert.equal(await lab.state('3'), 'waiting/dependency');
    const { unmet } = await lab.storage.explainJob({ project, number: '3' });
    assert.deepEqual(unmet, [{ ref: 'toxd/2', state: 'ready', on: 'success' }]);
    await node.finish(await lab.started(node), 'failed');
    assert.equal(await lab.state('3'), 'waiting/dependency', 'it still waits for the other');
  });

  when('a failure that was awaited stays met, though that job succeeds later', async (lab) => {
    const node = await lab.worker({ tasks: ['first'] });
    await lab.submitAll([
      { command: null, task: 'first' },
      { command: null, task: 'other' },
    ]);
    await lab.submit({ after: [{ job: '1', on: 'failure' }, { job: '2' }] });
    await node.finish(await lab.started(node), 'failed');
    await lab.act('retry', '1');
    await node.finish(await lab.started(node), 'succeeded');
    assert.equal(await lab.state('3'), 'waiting/dependency');
  });

  when('what can never be met ends the whole tree behind it', async (lab) => {
    await lab.submitAll([
      {},
      { after: [{ job: 0 }] },
      { after: [{ job: 1 }] },
      { after: [{ job: 1, on: 'failure' }] },
      { after: [{ job: 2 }], hold: true },
      { after: [{ job: 2, on: 'any' }], hold: true },
    ]);
    const events = await lab.eventsOf(() => lab.act('cancel', '1'));
    assert.deepEqual(await lab.states('1', '2', '3', '4', '5', '6'), [
      'cancelled/requested',
      'cancelled/dependency_failed',
      'cancelled/dependency_failed',
      'ready',
      'cancelled/dependency_failed',
      'waiting/held',
    ]);
    assert.deepEqual(events.map(({ type }) => type).sort(), ['jobs.changed', 'jobs.ended']);
  });

  when('dependencies reach forward in a request, into other projects, and by bare number', async (lab) => {
    await lab.createProject('other');
    await lab.submit({}, { project: 'other' });
    await lab.submitAll([
      { after: [{ job: 1 }, { job: 'other/1', on: 'any' }] },
      {},
      { after: [{ job: 0, on: 'failure' }] },
    ]);
    await lab.submit({ after: [{ job: '2' }] });
    assert.deepEqual((await lab.job('1')).document.after, [
      { job: 'toxd/2', on: 'success' },
      { job: 'other/1', on: 'any' },
    ]);
    assert.deepEqual((await lab.job('3')).document.after, [{ job: 'toxd/1', on: 'failure' }]);
    assert.deepEqual((await lab.job('4')).document.after, [{ job: 'toxd/2', on: 'success' }]);
    await lab.act('cancel', 'other/1');
    assert.equal(await lab.state('1'), 'waiting/dependency');
    await lab.act('cancel', '2');
    assert.deepEqual(await lab.states('1', '3', '4'), [
      'cancelled/dependency_failed',
      'ready',
      'cancelled/dependency_failed',
    ]);
  });

  when('an end in one project tells the other projects that it concerns', async (lab) => {
    await lab.createProject('other');
    await lab.submit();
    await lab.submit({ after: [{ job: 'toxd/1', on: 'any' }] }, { project: 'other' });
    const events = await lab.eventsOf(() => lab.act('cancel', '1'));
    assert.deepEqual(
      events.map(({ type, project: of, jobs }) => [type, of, jobs.map(({ ref }) => ref)]),
      [
        ['jobs.ended', 'toxd', ['toxd/1']],
        ['jobs.changed', 'other', ['other/1']],
      ],
    );
  });

  when('a job that comes too late ends at once, with all that came with it to follow', async (lab) => {
    await lab.submit();
    await lab.act('cancel', '1');
    const jobs = await lab.submitAll([
      { after: [{ job: 2 }] },
      {},
      { after: [{ job: '1' }] },
      { after: [{ job: 0, on: 'failure' }] },
    ]);
    assert.deepEqual(
      jobs.map(({ state, reason }) => [state, reason]),
      [
        ['cancelled', 'dependency_failed'],
        ['ready', null],
        ['cancelled', 'dependency_failed'],
        ['ready', null],
      ],
    );
    assert.equal(jobs[2]?.finishedAt, lab.clock.now());
  });

  when('a job that comes too late is never told to be ready', async (lab) => {
    await lab.submit();
    await lab.act('cancel', '1');
    const told = await lab.eventsOf(() => lab.submit({ after: [{ job: '1' }] }));
    assert.deepEqual(
      told.map(({ type, jobs }) => [type, jobs[0]?.state]),
      [
        ['jobs.created', 'waiting'],
        ['jobs.ended', 'cancelled'],
      ],
    );
  });

  when('a circle is refused, also one of a single job', async (lab) => {
    const circle = [{ after: [{ job: 2 }] }, { after: [{ job: 0 }] }, { after: [{ job: 1 }] }];
    const fault = await lab.refuses('dependency_cycle', () => lab.submitAll(circle));
    assert.match(fault.said.field ?? '', /after/);
    await lab.refuses('dependency_cycle', () => lab.submit({ after: [{ job: 0 }] }));
  });

  when('a job to come after must exist', async (lab) => {
    await lab.submit();
    for (const job of ['toxd/2', '2', 'no-such/1', '1.1', 5, -1])
      await lab.refuses('dependency_unknown', () => lab.submitAll([{}, { after: [{ job }] }]));
    await lab.refuses('invalid_field', () => lab.submit({ after: [{ job: 'toxd/x' }] }));
  });

  when('a draft is not judged before it is submitted', async (lab) => {
    await lab.submit();
    await lab.submitAll([{ submit: false, after: [{ job: 'toxd/1' }] }]);
    await lab.act('cancel', '1');
    await lab.submitAll([{ submit: false, after: [{ job: 'toxd/1', on: 'failure' }] }]);
    assert.deepEqual(await lab.states('2', '3'), ['draft', 'draft']);
    const fault = await lab.refuses('state_conflict', () => lab.act('submit', '2'));
    assert.match(fault.message, /toxd\/1/);
    await lab.act('submit', '3');
    assert.equal(await lab.state('3'), 'ready');
  });

  when('a draft waits, once submitted, for what has not ended', async (lab) => {
    await lab.submit();
    await lab.submitAll([{ submit: false, after: [{ job: 'toxd/1', on: 'any' }] }]);
    await lab.act('submit', '2');
    assert.equal(await lab.state('2'), 'waiting/dependency');
    await lab.act('cancel', '1');
    assert.equal(await lab.state('2'), 'ready');
  });

  when('a job comes after one that is in the trash as after any other', async (lab) => {
    await lab.submit();
    await lab.act('trash', '1');
    const job = await lab.submit({ after: [{ job: '1', on: 'failure' }] });
    assert.equal(job.state, 'ready');
  });

  when('what a job lacks can be asked', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    await lab.act('cancel', '3');
    await lab.submit({ after: [{ job: '1' }, { job: '2', on: 'any' }, { job: '3', on: 'any' }] });
    const situation = await lab.storage.explainJob({ project, number: '4' });
    assert.deepEqual(
      [...situation.unmet].sort((a, b) => (a.ref < b.ref ? -1 : 1)),
      [
        { ref: 'toxd/1', state: 'ready', on: 'success' },
        { ref: 'toxd/2', state: 'ready', on: 'any' },
      ],
    );
    await lab.act('cancel', '1');
    const after = await lab.storage.explainJob({ project, number: '4' });
    assert.equal(after.job.reason, 'dependency_failed');
    assert.deepEqual(
      after.unmet.find(({ ref }) => ref === 'toxd/1'),
      { ref: 'toxd/1', state: 'cancelled', on: 'success' },
    );
  });
}

const ended = { outcome: 'succeeded', exitCode: 0, reason: null, error: null, outputs: [] } as const;

/** Brings the first job of the project to this end. */
async function endJob(lab: Lab, end: End): Promise<void> {
  if (end === 'cancelled') await lab.act('cancel', '1');
  else if (end === 'expired') {
    lab.clock.advance(1);
    await lab.storage.sweep();
  } else {
    // It serves nobody but the guest, so that what the end frees is not handed out in the same claim.
    const node = await lab.worker(end === 'denied' ? { principal: 'robot', accept: ['guest'] } : {});
    const [offer] = await node.take(1);
    if (offer !== undefined) await node.finish(offer, end === 'succeeded' ? 'succeeded' : 'failed');
  }
}
