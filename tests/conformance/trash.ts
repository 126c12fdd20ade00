/** The trash: what goes there and comes back, and what is taken out of the record for good. */
import assert from 'node:assert/strict';
import type { JobRequest } from '../../src/core/jobs/specify.ts';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, placeOf, project } from './lab.ts';

const container: JobRequest = { command: null };

export function trash(harness: Harness): void {
  const when = casesFor(harness);

  const listed = async (lab: Lab) => (await lab.list()).map(({ number }) => number);
  const purge = (lab: Lab, refs: readonly string[], force = false) =>
    lab.storage.purgeJobs({ by: ada, places: refs.map(placeOf), force });

  when('what is restored is listed, counted and retried again', async (lab) => {
    await lab.submitAll([{}, {}]);
    await lab.act('trash', '1');
    assert.deepEqual((await lab.storage.status()).jobs, { ready: 1 });
    const { revision } = await lab.job('1');
    const events = await lab.eventsOf(() => lab.act('restore', '1'));
    assert.deepEqual(
      events.map(({ type, jobs }) => [type, jobs]),
      [['jobs.restored', [{ ref: 'toxd/1', state: 'cancelled', revision: revision + 1 }]]],
    );
    assert.equal((await lab.job('1')).trashedAt, null);
    assert.deepEqual(await listed(lab), ['1', '2']);
    assert.deepEqual((await lab.storage.status()).jobs, { ready: 1, cancelled: 1 });
    await lab.act('retry', '1');
    assert.equal(await lab.state('1'), 'ready');
  });

  when('restoring what is not in the trash changes nothing', async (lab) => {
    await lab.submit();
    await lab.changesNothing(() => lab.act('restore', '1'));
  });

  when('children go to the trash with their parent, and come back with it', async (lab) => {
    await lab.submit(container);
    await lab.submitAll([{ parent: '1', hold: true }, { parent: '1', command: null, submit: false }, {}]);
    await lab.submit({ parent: '1.2' });
    await lab.act('cancel', '1');
    const events = await lab.eventsOf(() => lab.act('trash', '1'));
    assert.deepEqual(
      events.flatMap(({ jobs }) => jobs.map(({ ref }) => ref)),
      ['toxd/1', 'toxd/1.1', 'toxd/1.2', 'toxd/1.2.1'],
    );
    assert.deepEqual(await listed(lab), ['2']);
    await lab.refuses('state_conflict', () => lab.act('retry', '1.1'));
    await lab.act('restore', '1');
    assert.deepEqual(await listed(lab), ['1', '1.1', '1.2', '2', '1.2.1']);
  });

  when('a child that was in the trash before its parent stays there', async (lab) => {
    await lab.submit(container);
    await lab.submitAll([{ parent: '1' }, { parent: '1' }]);
    await lab.act('trash', '1.1');
    lab.clock.advance(1);
    await lab.act('cancel', '1');
    await lab.act('trash', '1');
    await lab.act('restore', '1');
    assert.deepEqual(await listed(lab), ['1', '1.2']);
    await lab.act('restore', '1.1');
    assert.deepEqual(await listed(lab), ['1', '1.1', '1.2']);
  });

  when('a child is not restored while its parent is in the trash', async (lab) => {
    await lab.submit(container);
    await lab.submit({ parent: '1' });
    await lab.act('cancel', '1');
    await lab.act('trash', '1');
    await lab.refuses('state_conflict', () => lab.act('restore', '1.1'));
    await lab.act('restore', '1.1', '1');
    assert.deepEqual(await listed(lab), ['1', '1.1']);
  });

  when('a parent with a child at work does not go to the trash', async (lab) => {
    await lab.submit();
    await lab.submit({ parent: '1' });
    const node = await lab.worker();
    const [one, two] = await node.take(2);
    assert.ok(one && two);
    await node.finish(one, 'succeeded');
    await lab.refuses('state_conflict', () => lab.act('trash', '1'));
    await node.finish(two, 'succeeded');
    await lab.act('trash', '1');
    assert.deepEqual(await listed(lab), []);
  });

  when('what is purged is gone, and its number is not given again', async (lab) => {
    await lab.submitAll([{ title: 'some words', inputs: ['a'], outputs: ['b'] }, {}]);
    const node = await lab.worker();
    const offer = await lab.started(node);
    await node.output(offer, { stream: 'stdout', sequence: 0, data: new Uint8Array([1]) });
    await node.finish(offer, 'succeeded', { outputs: [{ path: 'c', size: 1 }] });
    const annotations = { rating: 'bad', tags: ['t'], numbers: { n: 1 } } as const;
    const place = placeOf('1');
    await lab.storage.editJob({ by: ada, place, revision: null, changes: { annotations } });
    await lab.storage.addComment({ by: ada, place, text: 'other words' });
    await lab.act('trash', '1');
    const { revision } = await lab.job('1');
    const events = await lab.eventsOf(() => purge(lab, ['1']));
    assert.deepEqual(
      events.map(({ type, jobs }) => [type, jobs]),
      [['jobs.purged', [{ ref: 'toxd/1', state: 'succeeded', revision: revision + 1, trashed: true }]]],
    );
    await lab.refuses('job_unknown', () => lab.job('1'));
    await lab.refuses('job_unknown', () => purge(lab, ['1']));
    assert.deepEqual(await listed(lab), ['2']);
    assert.deepEqual((await lab.storage.status()).jobs, { ready: 1 });
    assert.equal((await lab.submit()).number, '3');
  });

  when('only what is in the trash is purged, all or none', async (lab) => {
    await lab.submitAll([{}, {}]);
    await lab.act('trash', '1');
    await lab.refuses('state_conflict', () => purge(lab, ['1', '2']));
    await lab.refuses('job_unknown', () => purge(lab, ['1', '9']));
  });

  when('children are purged with their parent; their numbers are not given again', async (lab) => {
    await lab.submit(container);
    await lab.submitAll([{ parent: '1' }, { parent: '1' }]);
    await lab.act('trash', '1.2');
    await purge(lab, ['1.2']);
    assert.equal((await lab.submit({ parent: '1' })).number, '1.3');
    await lab.act('cancel', '1');
    await lab.act('trash', '1');
    await purge(lab, ['1']);
    for (const ref of ['1', '1.1', '1.3']) await lab.refuses('job_unknown', () => lab.job(ref));
    assert.equal((await lab.submit()).number, '2');
  });

  when('a parent ends by the children that are left', async (lab) => {
    const node = await lab.worker();
    await lab.submit(container);
    await lab.submitAll([{ parent: '1' }, { parent: '1' }]);
    await node.finish(await lab.started(node), 'failed');
    await lab.act('trash', '1.1');
    await purge(lab, ['1.1']);
    await node.finish(await lab.started(node), 'succeeded');
    assert.equal(await lab.state('1'), 'succeeded');
  });

  const resting: readonly { how: string; rest: (lab: Lab) => Promise<unknown> }[] = [
    { how: 'comes after it', rest: (lab) => lab.submit({ after: [{ job: '1', on: 'any' }] }) },
    { how: 'repeats it', rest: (lab) => lab.submit({}, { rerunOf: 'toxd/1' }) },
  ];
  for (const { how, rest } of resting)
    when(`a job is not purged while another ${how}, unless it is forced`, async (lab) => {
      await lab.submit();
      await rest(lab);
      await lab.act('trash', '1');
      const fault = await lab.refuses('job_in_use', () => purge(lab, ['1']));
      assert.match(fault.said.detail ?? '', /toxd\/2/);
      await purge(lab, ['1'], true);
      assert.deepEqual(await listed(lab), ['2']);
      const [offer] = await (await lab.worker()).take(1);
      assert.equal(offer?.number, '2', 'what rested on it goes on');
    });

  when(
    'a job is not purged while another reads its files; once forced, these have no known origin',
    async (lab) => {
      const node = await lab.worker();
      await lab.submit();
      await node.finish(await lab.started(node), 'succeeded', { outputs: [{ path: '/data/out' }] });
      lab.clock.advance(1);
      await lab.submit({ inputs: ['/data/out'] });
      await node.finish(await lab.started(node), 'succeeded');
      assert.equal((await lab.job('2')).files[0]?.madeBy?.ref, 'toxd/1');
      await lab.act('trash', '1');
      const fault = await lab.refuses('job_in_use', () => purge(lab, ['1']));
      assert.match(fault.said.detail ?? '', /toxd\/2/);
      await purge(lab, ['1'], true);
      const [file] = (await lab.job('2')).files;
      assert.deepEqual([file?.path, file?.madeBy ?? null], ['/data/out', null]);
    },
  );

  when('jobs that rest on each other are purged together', async (lab) => {
    await lab.submit();
    await lab.submit({ after: [{ job: '1', on: 'any' }] });
    await lab.submit({}, { rerunOf: 'toxd/2' });
    await lab.act('cancel', '1', '2', '3');
    await lab.act('trash', '1', '2', '3');
    await lab.refuses('job_in_use', () => purge(lab, ['1', '2']));
    await purge(lab, ['1', '2', '3']);
    assert.deepEqual(await listed(lab), []);
  });

  when('of many that rest on a job, the first are named', async (lab) => {
    await lab.submit();
    await lab.submitAll(Array.from({ length: 12 }, () => ({ after: [{ job: '1', on: 'any' as const }] })));
    await lab.act('trash', '1');
    const { said } = await lab.refuses('job_in_use', () => purge(lab, ['1']));
    assert.match(said.detail ?? '', /toxd\/2, toxd\/3, .*toxd\/11 …$/);
  });

  when('a late report of a job that is gone changes nothing', async (lab) => {
    await lab.submit({ retry: { max: 1 } });
    const node = await lab.worker();
    const offer = await lab.started(node);
    await lab.act('cancel', '1');
    await node.finish(offer, 'cancelled');
    await lab.act('trash', '1');
    await purge(lab, ['1']);
    const result = await node.finish(offer, 'succeeded');
    assert.deepEqual([result.applied, result.code], [false, 'attempt_unknown']);
  });

  when('a purge that comes twice under its key is answered once', async (lab) => {
    await lab.submit();
    await lab.act('trash', '1');
    const idempotency = { route: 'purge', key: 'k', digest: 'd' };
    const by = { principal: 'ada', idempotency };
    const post = () => lab.storage.purgeJobs({ by, places: [{ project, number: '1' }], force: false });
    await post();
    await lab.changesNothing(post);
  });
}
