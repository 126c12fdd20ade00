/** Jobs without work of their own: they take their state from their children. */
import assert from 'node:assert/strict';
import type { JobRequest } from '../../src/core/jobs/specify.ts';
import type { Harness } from './harness.ts';
import { casesFor, type Lab, project } from './lab.ts';
import type { LabWorker } from './lab-worker.ts';

const container: JobRequest = { command: null };

export function containers(harness: Harness): void {
  const when = casesFor(harness);

  when('a job without work of its own waits for children, and is never handed out', async (lab) => {
    const node = await lab.worker();
    await lab.submit(container);
    assert.equal(await lab.state('1'), 'waiting/children');
    assert.deepEqual(await node.offers(5), []);
  });

  when('it runs while a child is unfinished, and has no attempts', async (lab) => {
    await lab.submit(container);
    const events = await lab.eventsOf(() => lab.submit({ parent: '1', hold: true }));
    const job = await lab.job('1');
    assert.deepEqual([job.state, job.reason, job.revision, job.attempts], ['running', null, 2, 0]);
    assert.deepEqual(await lab.attempts('1'), []);
    assert.deepEqual(events.map(({ type }) => type).sort(), ['jobs.changed', 'jobs.created']);
  });

  const ends = [
    { children: ['succeeded', 'succeeded'], end: 'succeeded' },
    { children: ['succeeded', 'failed'], end: 'failed/children_failed' },
    { children: ['succeeded', 'cancelled'], end: 'succeeded' },
    { children: ['failed', 'cancelled'], end: 'failed/children_failed' },
    { children: ['cancelled', 'cancelled'], end: 'cancelled/children_cancelled' },
  ] as const;
  for (const { children, end } of ends)
    when(`children that end ${children.join(' and ')} make it ${end}`, async (lab) => {
      const node = await lab.worker();
      await lab.submit(container);
      await lab.submitAll(children.map(() => ({ parent: '1' })));
      for (const [index, outcome] of children.entries()) {
        assert.equal(await lab.state('1'), 'running');
        await endChild(lab, node, `1.${index + 1}`, outcome);
      }
      assert.equal(await lab.state('1'), end);
      assert.equal((await lab.job('1')).finishedAt, lab.clock.now());
    });

  when('a child that expires or is denied counts as failed', async (lab) => {
    const node = await lab.worker({ accept: ['guest'] });
    await lab.submitAll([container, container]);
    await lab.submit({ parent: '1', limits: { startWithinMs: 1 } });
    await lab.submit({ parent: '2' }, { owner: 'guest' });
    lab.clock.advance(1);
    await lab.storage.sweep();
    assert.deepEqual(await node.offers(1), []);
    assert.deepEqual(await lab.states('1.1', '2.1'), ['expired/start_time_limit', 'denied/owner_refused']);
    assert.deepEqual(await lab.states('1', '2'), ['failed/children_failed', 'failed/children_failed']);
  });

  when('an end goes upwards through all that have no work of their own', async (lab) => {
    const node = await lab.worker();
    await lab.submit(container);
    await lab.submit({ parent: '1', ...container });
    await lab.submit({ parent: '1.1', ...container });
    await lab.submit({ parent: '1.1.1' });
    await lab.submit({ after: [{ job: '1' }] });
    assert.deepEqual(await lab.states('1', '1.1', '1.1.1', '2'), [
      'running',
      'running',
      'running',
      'waiting/dependency',
    ]);
    await node.finish(await lab.started(node), 'succeeded');
    assert.deepEqual(await lab.states('1', '1.1', '1.1.1', '2'), [
      'succeeded',
      'succeeded',
      'succeeded',
      'ready',
    ]);
  });

  when('a child without children of its own keeps its parent open', async (lab) => {
    await lab.submit(container);
    await lab.submit({ parent: '1', ...container });
    assert.deepEqual(await lab.states('1', '1.1'), ['running', 'waiting/children']);
    await lab.act('cancel', '1.1');
    assert.equal(await lab.state('1'), 'cancelled/children_cancelled');
  });

  when('a new child opens it again, upwards', async (lab) => {
    const node = await lab.worker();
    await lab.submit(container);
    await lab.submit({ parent: '1', ...container });
    await lab.submit({ parent: '1.1' });
    await node.finish(await lab.started(node), 'failed');
    assert.deepEqual(await lab.states('1', '1.1'), ['failed/children_failed', 'failed/children_failed']);
    await lab.submit({ parent: '1.1' });
    assert.deepEqual(await lab.states('1', '1.1'), ['running', 'running']);
    assert.equal((await lab.job('1')).finishedAt, null);
    await node.finish(await lab.started(node), 'succeeded');
    assert.deepEqual(await lab.states('1', '1.1'), ['failed/children_failed', 'failed/children_failed']);
  });

  for (const end of ['succeeded', 'cancelled'] as const)
    when(`a new child opens one that had ${end}`, async (lab) => {
      const node = await lab.worker();
      await lab.submit(container);
      await lab.submit({ parent: '1' });
      await endChild(lab, node, '1.1', end);
      await lab.submit({ parent: '1' });
      assert.equal(await lab.state('1'), 'running');
    });

  when('a retried child opens it again', async (lab) => {
    const node = await lab.worker();
    await lab.submit(container);
    await lab.submit({ parent: '1' });
    await node.finish(await lab.started(node), 'failed');
    await lab.act('retry', '1.1');
    assert.equal(await lab.state('1'), 'running');
    await node.finish(await lab.started(node), 'succeeded');
    assert.equal(await lab.state('1'), 'succeeded');
  });

  when('in the trash it stays as it ended, for its children are there too', async (lab) => {
    await lab.submit(container);
    await lab.submit({ parent: '1' });
    await lab.act('cancel', '1');
    await lab.act('trash', '1');
    await lab.refuses('state_conflict', () => lab.act('retry', '1.1'));
    assert.deepEqual(await lab.states('1', '1.1'), ['cancelled/children_cancelled', 'cancelled/requested']);
  });

  when('a draft child keeps it open', async (lab) => {
    await lab.submit(container);
    await lab.submit({ parent: '1', submit: false });
    assert.equal(await lab.state('1'), 'running');
  });

  when('a draft parent takes the state of its children once it is submitted', async (lab) => {
    const node = await lab.worker();
    await lab.submitAll([
      { ...container, submit: false },
      { ...container, submit: false },
    ]);
    await lab.submitAll([{ parent: '1' }, { parent: '2' }]);
    assert.equal(await lab.state('1'), 'draft');
    await lab.act('submit', '1');
    assert.equal(await lab.state('1'), 'running');
    await lab.act('cancel', '1.1');
    assert.equal(await lab.state('1'), 'cancelled/children_cancelled');
    await node.finish(await lab.started(node), 'succeeded');
    assert.equal(await lab.state('2'), 'draft');
    await lab.act('submit', '2');
    assert.equal(await lab.state('2'), 'succeeded');
  });

  when('a held parent takes the state of its children once it is released', async (lab) => {
    const node = await lab.worker();
    await lab.submitAll([{ ...container, hold: true }, container]);
    await lab.act('hold', '2');
    await lab.submitAll([{ parent: '1' }, { parent: '2' }]);
    assert.deepEqual(await lab.states('1', '2'), ['waiting/held', 'waiting/held']);
    await lab.act('release', '1');
    assert.equal(await lab.state('1'), 'running');
    for (const offer of await node.take(2)) await node.finish(offer, 'succeeded');
    assert.deepEqual(await lab.states('1', '2'), ['succeeded', 'waiting/held']);
    await lab.act('release', '2');
    assert.equal(await lab.state('2'), 'succeeded');
  });

  when('children that have begun are not undone by what their parent comes after', async (lab) => {
    await lab.submit();
    await lab.submit({ ...container, after: [{ job: '1' }] });
    await lab.submit({ parent: '2', hold: true });
    assert.equal(await lab.state('2'), 'running');
    await lab.act('cancel', '1');
    assert.equal(await lab.state('2'), 'running');
    await lab.act('cancel', '2.1');
    assert.equal(await lab.state('2'), 'cancelled/children_cancelled');
  });

  when('time limits bound work, not the parent of work', async (lab) => {
    await lab.submitAll([
      { ...container, limits: { startWithinMs: 1, totalMs: 2 } },
      { ...container, limits: { totalMs: 2 } },
    ]);
    await lab.submit({ parent: '2', hold: true });
    lab.clock.advance(1000);
    await lab.changesNothing(() => lab.storage.sweep());
    await lab.submit({ parent: '1' });
    assert.deepEqual(await lab.states('1', '2'), ['running', 'running']);
    assert.deepEqual(await lab.attempts('2'), []);
  });

  when('a parent with work of its own goes its own way', async (lab) => {
    const node = await lab.worker();
    await lab.submit();
    await lab.submit({ parent: '1', hold: true });
    assert.equal(await lab.state('1'), 'ready');
    await node.finish(await lab.started(node), 'succeeded');
    assert.equal(await lab.state('1'), 'succeeded');
    await lab.submit({ parent: '1' });
    await lab.act('cancel', '1.1');
    assert.equal(await lab.state('1'), 'succeeded');
    await lab.submit();
    await lab.submit({ parent: '2', hold: true });
    await lab.act('cancel', '2');
    assert.equal(await lab.state('2.1'), 'waiting/held');
  });

  when('cancelling one without children ends it', async (lab) => {
    await lab.submitAll([container, { ...container, submit: false }]);
    await lab.act('cancel', '1', '2');
    assert.deepEqual(await lab.states('1', '2'), ['cancelled/requested', 'cancelled/requested']);
  });

  when('cancelling it cancels all unfinished work below it', async (lab) => {
    const node = await lab.worker();
    await lab.submit(container);
    await lab.submitAll([{ parent: '1' }, { parent: '1', ...container }, { parent: '1' }]);
    await endChild(lab, node, '1.1', 'succeeded');
    await lab.submitAll([{ parent: '1.2', hold: true }, { parent: '1.2' }]);
    await lab.submit({ parent: '1', after: [{ job: '1.3' }] });
    const [job] = await lab.act('cancel', '1');
    assert.equal(job?.state, 'succeeded', 'one of its children had succeeded');
    assert.deepEqual(await lab.states('1.1', '1.2', '1.2.1', '1.2.2', '1.3', '1.4'), [
      'succeeded',
      'cancelled/children_cancelled',
      'cancelled/requested',
      'cancelled/requested',
      'cancelled/requested',
      'cancelled/requested',
    ]);
  });

  when('children that end together with it are counted, should it be opened again', async (lab) => {
    await lab.submit({ ...container, hold: true });
    await lab.submit({ parent: '1' });
    await lab.act('cancel', '1');
    assert.deepEqual(await lab.states('1', '1.1'), ['cancelled/requested', 'cancelled/requested']);
    await lab.submit({ parent: '1' });
    assert.equal(await lab.state('1'), 'running');
    await lab.act('cancel', '1.2');
    assert.equal(await lab.state('1'), 'cancelled/children_cancelled');
  });

  when('cancelling it asks running children to stop, and it ends when they have', async (lab) => {
    const node = await lab.worker();
    await lab.submit(container);
    await lab.submitAll([{ parent: '1' }, { parent: '1' }]);
    const running = await lab.started(node);
    const [job] = await lab.act('cancel', '1');
    assert.deepEqual([job?.state, job?.cancelRequestedAt], ['running', lab.clock.now()]);
    assert.equal((await lab.job('1.1')).cancelRequestedAt, lab.clock.now());
    assert.deepEqual(await lab.states('1.1', '1.2'), ['running', 'cancelled/requested']);
    await node.finish(running, 'cancelled');
    assert.equal(await lab.state('1'), 'cancelled/children_cancelled');
  });

  when('it is not retried itself: its children are', async (lab) => {
    await lab.submit(container);
    await lab.submit({ parent: '1' });
    await lab.act('cancel', '1');
    await lab.refuses('state_conflict', () => lab.act('retry', '1'));
    await lab.submit(container);
    await lab.act('cancel', '2');
    await lab.act('retry', '2');
    assert.equal(await lab.state('2'), 'waiting/children');
  });

  when('a running one is not moved to the trash', async (lab) => {
    await lab.submit(container);
    await lab.submit({ parent: '1', hold: true });
    await lab.refuses('state_conflict', () => lab.act('trash', '1'));
  });

  when('a command makes a draft without work one with work', async (lab) => {
    await lab.submit({ ...container, submit: false });
    await editDraft(lab, '1', ['true']);
    await lab.act('submit', '1');
    assert.equal(await lab.state('1'), 'ready');
    const node = await lab.worker();
    assert.equal((await lab.started(node)).number, '1');
  });

  when('a draft whose work is taken away takes its state from the children that come then', async (lab) => {
    const node = await lab.worker();
    await lab.submit({ submit: false });
    await editDraft(lab, '1', null);
    await lab.submit({ parent: '1' });
    await lab.act('submit', '1');
    assert.equal(await lab.state('1'), 'running');
    await node.finish(await lab.started(node), 'succeeded');
    assert.equal(await lab.state('1'), 'succeeded');
  });

  when('one that was given work does not take its state from children', async (lab) => {
    await lab.submit({ ...container, submit: false });
    await editDraft(lab, '1', ['true']);
    await lab.act('submit', '1');
    await lab.submit({ parent: '1', hold: true });
    await lab.act('cancel', '1.1');
    assert.equal(await lab.state('1'), 'ready');
  });

  when('once a draft has children, it keeps to having work or none', async (lab) => {
    await lab.submitAll([{ submit: false }, { ...container, submit: false }]);
    await lab.submitAll([{ parent: '1', after: [{ job: '1' }] }, { parent: '2' }]);
    await lab.refuses('state_conflict', () => editDraft(lab, '1', null));
    await lab.refuses('state_conflict', () => editDraft(lab, '2', ['true']));
    assert.equal((await editDraft(lab, '1', ['false'])).revision, 2);
  });

  when('a child that can never run ends with its parent at once', async (lab) => {
    await lab.submit();
    await lab.act('cancel', '1');
    await lab.submit(container);
    await lab.submit({ parent: '2', after: [{ job: '1' }] });
    assert.deepEqual(await lab.states('2.1', '2'), [
      'cancelled/dependency_failed',
      'cancelled/children_cancelled',
    ]);
  });
}

function editDraft(lab: Lab, number: string, command: readonly string[] | null) {
  const place = { project, number };
  const by = { principal: 'ada' };
  return lab.storage.editJob({ by, place, revision: null, changes: { document: { command } } });
}

/** Ends one child, which is the only one that is ready or the next one. */
async function endChild(
  lab: Lab,
  node: LabWorker,
  number: string,
  end: 'succeeded' | 'failed' | 'cancelled',
): Promise<void> {
  if (end === 'cancelled') {
    await lab.act('cancel', number);
    return;
  }
  const offer = await lab.started(node);
  assert.equal(offer.number, number);
  await node.finish(offer, end);
}
