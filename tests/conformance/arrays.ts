/** Parents of many children: so many at work at one time, and how they stand. */
import assert from 'node:assert/strict';
import type { JobRequest } from '../../src/core/jobs/specify.ts';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, placeOf } from './lab.ts';

const array = (atOnce: number): JobRequest => ({ command: null, atOnce });

export function arrays(harness: Harness): void {
  const when = casesFor(harness);

  const children = (lab: Lab, many: number, parent = '1', more: JobRequest = {}) =>
    lab.submitAll(Array.from({ length: many }, () => ({ ...more, parent })));
  const numbers = (jobs: readonly { readonly number: string }[]) => jobs.map(({ number }) => number);

  when('at most so many children are with workers at one time', async (lab) => {
    await lab.submit(array(2));
    await children(lab, 5);
    const [one, two] = [await lab.worker(), await lab.worker({ name: 'node08' })];
    const first = await one.offers(4);
    assert.deepEqual(numbers(first), ['1.1', '1.2']);
    assert.deepEqual(await two.offers(4), []);
    await one.confirm(...first);
    assert.deepEqual(await two.offers(4), []);
    await one.finish(first[0] ?? assert.fail(), 'succeeded');
    assert.deepEqual(numbers(await two.offers(4)), ['1.3']);
    assert.deepEqual(await one.offers(4), []);
  });

  when('all children run in the end, and the parent ends with the last', async (lab) => {
    await lab.submit(array(3));
    await children(lab, 10);
    const node = await lab.worker();
    const done: string[] = [];
    for (let jobs = await node.take(9); jobs.length > 0; jobs = await node.take(9)) {
      assert.ok(jobs.length <= 3);
      for (const job of jobs) await node.finish(job, 'succeeded');
      done.push(...numbers(jobs));
    }
    assert.equal(new Set(done).size, 10);
    assert.equal(await lab.state('1'), 'succeeded');
  });

  const leaving: readonly {
    readonly how: string;
    readonly leave: (lab: Lab) => Promise<unknown>;
  }[] = [
    { how: 'fails', leave: endWith('failed') },
    { how: 'is handed back', leave: endWith('returned') },
    { how: 'was offered and is not confirmed', leave: (lab) => lab.pass(lab.durations.offerMs + 1) },
  ];
  for (const { how, leave } of leaving)
    when(`a child that ${how} makes room for another`, async (lab) => {
      await lab.submit(array(1));
      await children(lab, 3);
      const node = await lab.worker();
      const offered = await node.offers(2);
      assert.deepEqual(numbers(offered), ['1.1']);
      if (how !== 'was offered and is not confirmed') await node.confirm(...offered);
      assert.deepEqual(await node.offers(2), []);
      await leave(lab);
      assert.equal((await node.offers(2)).length, 1);
    });

  function endWith(outcome: 'failed' | 'returned') {
    return async (lab: Lab): Promise<void> => {
      const node = await lab.worker();
      const [attempt] = await lab.attempts('1.1');
      const { jobId, epoch } = attempt ?? assert.fail();
      await node.finish({ attempt: `${jobId.toString(36)}-1`, epoch }, outcome);
    };
  }

  when('a child whose worker is lost makes room for another', async (lab) => {
    await lab.submit(array(1));
    await children(lab, 2);
    await lab.started(await lab.worker());
    await lab.pass(lab.durations.leaseMs + 2 * lab.durations.sweepMs);
    assert.equal(await lab.state('1.1'), 'failed/lease_lost');
    const other = await lab.worker({ name: 'node08' });
    assert.deepEqual(numbers(await other.offers(2)), ['1.2']);
  });

  when(
    'a lost child that somebody is to be asked about keeps its place until it is cancelled',
    async (lab) => {
      await lab.submit(array(1));
      await children(lab, 2, '1', { onLost: 'ask' });
      await lab.started(await lab.worker());
      await lab.pass(lab.durations.leaseMs + 2 * lab.durations.sweepMs);
      assert.equal(await lab.state('1.1'), 'lost/lease_lost');
      const other = await lab.worker({ name: 'node08' });
      assert.deepEqual(await other.offers(2), []);
      await lab.act('cancel', '1.1');
      assert.deepEqual(numbers(await other.offers(2)), ['1.2']);
    },
  );

  when('a cancelled child that runs keeps its place until its worker has stopped it', async (lab) => {
    await lab.submit(array(1));
    await children(lab, 2);
    const node = await lab.worker();
    const offer = await lab.started(node);
    await lab.act('cancel', '1.1');
    assert.deepEqual(await node.offers(2), []);
    await node.finish(offer, 'cancelled');
    assert.deepEqual(numbers(await node.offers(2)), ['1.2']);
  });

  when('other jobs are not held up by an array at its limit', async (lab) => {
    await lab.submit(array(1));
    await children(lab, 3);
    await lab.submitAll([{}, {}]);
    const node = await lab.worker();
    assert.deepEqual(numbers(await node.offers(5)), ['1.1', '2', '3']);
    await children(lab, 1);
    await lab.submit();
    assert.deepEqual(numbers(await node.offers(5)), ['4']);
  });

  when('each array has a limit of its own, whoever submits the children', async (lab) => {
    await lab.grant({ principal: 'ben' });
    await lab.submitAll([array(1), array(2)]);
    await children(lab, 3, '1');
    await children(lab, 3, '2');
    const node = await lab.worker({ accept: ['ben'] });
    assert.deepEqual(numbers(await node.offers(9)).sort(), ['1.1', '2.1', '2.2']);
  });

  when('a child that is retried counts again', async (lab) => {
    await lab.submit(array(1));
    await children(lab, 2);
    const node = await lab.worker();
    await node.finish(await lab.started(node), 'failed');
    await lab.started(node);
    await lab.act('retry', '1.1');
    assert.deepEqual(await node.offers(2), []);
  });

  when('a child that was a draft keeps to the limit', async (lab) => {
    await lab.submit(array(1));
    await children(lab, 2, '1', { submit: false });
    const changes = { document: { command: ['other'] } };
    await lab.storage.editJob({ by: ada, place: placeOf('1.1'), revision: null, changes });
    await lab.act('submit', '1.1', '1.2');
    const node = await lab.worker();
    assert.equal((await node.offers(2)).length, 1);
  });

  const afterRestore = async (lab: Lab): Promise<void> => {
    await lab.submit(array(1));
    await children(lab, 3, '1', { onLost: 'retry' });
    const node = await lab.worker();
    await node.take(2);
    await lab.restored();
    const again = await lab.worker();
    const offers = await again.offers(3);
    assert.equal(offers.length, 1);
    assert.deepEqual(await again.offers(3), []);
  };
  when('a draft that is given work limits no children any more', async (lab) => {
    await lab.submit({ ...array(1), submit: false });
    const changes = { document: { command: ['true'] } };
    await lab.storage.editJob({ by: ada, place: placeOf('1'), revision: null, changes });
    assert.equal((await lab.job('1')).document.atOnce, undefined);
    await children(lab, 2);
    const node = await lab.worker();
    assert.equal((await node.offers(2)).length, 2);
  });

  when('the limit holds after a restore', afterRestore, { trimmed: true });

  when('a job shows how its children stand', async (lab) => {
    const node = await lab.worker();
    await lab.submit(array(9));
    assert.deepEqual((await lab.job('1')).children, { open: 0, succeeded: 0, failed: 0, cancelled: 0 });
    assert.equal((await lab.job('1')).document.atOnce, 9);
    await children(lab, 5);
    const jobs = await node.take(4);
    for (const [index, job] of jobs.entries())
      if (index < 3)
        await node.finish(job, (['succeeded', 'failed', 'succeeded'] as const)[index] ?? 'failed');
    await lab.act('cancel', '1.5');
    const counts = { open: 1, succeeded: 2, failed: 1, cancelled: 1 };
    assert.deepEqual((await lab.job('1')).children, counts);
    await lab.act('retry', '1.2');
    assert.deepEqual((await lab.job('1')).children, { ...counts, open: 2, failed: 0 });
  });

  when('a job with work of its own counts its children, too', async (lab) => {
    const node = await lab.worker();
    await lab.submit();
    assert.equal((await lab.job('1')).children, null);
    await children(lab, 3, '1', { limits: { startWithinMs: 10 } });
    const [, child] = await node.take(2);
    await node.finish(child ?? assert.fail(), 'succeeded');
    await lab.pass(11);
    const counts = { open: 0, succeeded: 1, failed: 2, cancelled: 0 };
    assert.deepEqual((await lab.job('1')).children, counts);
  });

  when(
    'children may be added while the parent is a draft; it takes their state when it is submitted',
    async (lab) => {
      await lab.submit({ ...array(1), submit: false });
      await children(lab, 2);
      const node = await lab.worker();
      await node.finish(await lab.started(node), 'succeeded');
      assert.equal(await lab.state('1'), 'draft');
      await lab.act('submit', '1');
      assert.equal(await lab.state('1'), 'running');
      await node.finish(await lab.started(node), 'succeeded');
      assert.equal(await lab.state('1'), 'succeeded');
    },
  );
}
