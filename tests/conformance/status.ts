import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor, type Lab, project } from './lab.ts';
import { addDatabases, closeDatabase, openThree } from './lock-lab.ts';

export function status(harness: Harness): void {
  const when = casesFor(harness);

  when('a new storage is empty, and says what it is', async (lab) => {
    const { incarnation, journal, schema, lastEvent, ...counts } = await lab.storage.status();
    assert.equal(journal, harness.journal ?? null);
    const nothing = { jobs: {}, projects: 1, workers: 0, oldestReadyMs: null };
    assert.deepEqual(counts, { kind: harness.name, ...nothing, locks: { granted: 0, waiting: 0 } });
    assert.match(incarnation, /^[a-z0-9]{1,32}$/);
    assert.ok(schema >= 1);
    assert.equal(lastEvent, 2, 'of the project and the token of the lab');
  });

  when('it counts jobs by state, projects and connected workers', async (lab) => {
    await lab.createProject('other');
    await lab.submitAll([{}, {}, {}, { hold: true }, { submit: false }]);
    await lab.submit({}, { project: 'other' });
    const node = await lab.worker();
    await node.finish(await lab.started(node), 'succeeded');
    await lab.started(node);
    await lab.act('cancel', '3');
    const { jobs, projects, workers } = await lab.storage.status();
    const present = Object.entries(jobs).filter(([, count]) => count > 0);
    assert.deepEqual(Object.fromEntries(present), {
      succeeded: 1,
      running: 1,
      cancelled: 1,
      waiting: 1,
      draft: 1,
      ready: 1,
    });
    assert.deepEqual({ projects, workers }, { projects: 2, workers: 1 });
    await lab.pass(lab.durations.leaseMs);
    assert.equal((await lab.storage.status()).workers, 0);
  });

  when('it counts locks that are held, and requests that wait', async (lab) => {
    await addDatabases(lab, 'embl', 'nr');
    const [a, b, c] = await openThree(lab);
    await a.take('embl:shared', 'nr:shared');
    await b.wait('embl:exclusive');
    await c.wait('nr:shared');
    await closeDatabase(lab, 'nr', { graceMs: 60_000 });
    assert.deepEqual((await lab.storage.status()).locks, { granted: 2, waiting: 2 });
  });

  when('it counts the jobs of each project by state, however many there are', async (lab) => {
    const counts = (name = project) => lab.storage.countJobs({ project: name });
    await lab.createProject('other');
    assert.deepEqual(await counts(), {});
    await lab.submitAll([
      {},
      {},
      {},
      { onLost: 'ask' },
      { hold: true },
      { submit: false },
      { command: null },
    ]);
    await lab.submit({ parent: '7', after: [{ job: '5' }] });
    await lab.submitAll([{}, {}], { project: 'other' });
    const node = await lab.worker();
    await node.finish(await lab.started(node), 'succeeded');
    await node.finish(await lab.started(node), 'failed');
    await node.offers(1);
    assert.deepEqual(await counts(), {
      draft: 1,
      waiting: 2,
      ready: 1,
      offered: 1,
      running: 1,
      succeeded: 1,
      failed: 1,
    });
    assert.deepEqual(await counts('other'), { ready: 2 });
    await lab.act('cancel', '7', '5');
    await lab.act('retry', '2');
    assert.deepEqual(await counts(), { draft: 1, ready: 2, offered: 1, succeeded: 1, cancelled: 3 });
    await assert.rejects(counts('no-such'), { code: 'project_unknown' });
  });

  when('a running job without work and a lost one are counted among their like', async (lab) => {
    const node = await lab.worker();
    await lab.submitAll([{ onLost: 'ask' }, { onLost: 'ask' }]);
    await lab.submit({ command: null });
    await lab.submit({ parent: '3', hold: true });
    await node.take(2);
    const counts = () => lab.storage.countJobs({ project });
    assert.deepEqual(await counts(), { running: 3, waiting: 1 });
    await lab.pass(lab.durations.leaseMs);
    assert.deepEqual(await counts(), { running: 1, lost: 2, waiting: 1 });
  });

  when('jobs in the trash are not counted', async (lab) => {
    await lab.submitAll([{}, {}]);
    await lab.submit({ command: null });
    await lab.submitAll([{ parent: '3' }, { parent: '3' }]);
    await lab.act('cancel', '1', '3');
    await lab.act('trash', '1', '2', '2', '3');
    await lab.act('trash', '1');
    assert.deepEqual(await lab.storage.countJobs({ project }), {});
    await lab.act('restore', '3');
    assert.deepEqual(await lab.storage.countJobs({ project }), { cancelled: 3 });
    await lab.act('retry', '3.1');
    const counts = { running: 1, ready: 1, cancelled: 1 };
    assert.deepEqual(await lab.storage.countJobs({ project }), counts);
    assert.deepEqual((await lab.storage.status()).jobs, counts);
  });

  when('it tells the age of the oldest ready job, whatever its priority', async (lab) => {
    await lab.submit({ priority: -5 });
    lab.clock.advance(1000);
    await lab.submit({ priority: 7 });
    lab.clock.advance(500);
    const node = await lab.worker();
    assert.equal((await lab.storage.status()).oldestReadyMs, 1500);
    await node.offers(2);
    assert.equal((await lab.storage.status()).oldestReadyMs, null);
  });

  const explain = (lab: Lab, number: string) => lab.storage.explainJob({ project, number });

  when('it can be asked how many jobs of its class are before a job', async (lab) => {
    await lab.submitAll([{}, {}, { priority: 1 }, { queue: 'night', priority: 9 }, { hold: true }]);
    assert.deepEqual(
      await Promise.all(['1', '2', '3', '4', '5'].map(async (number) => (await explain(lab, number)).ahead)),
      [1, 2, 0, 0, 0],
    );
  });

  when('it can be asked who may serve a job, and who holds it', async (lab) => {
    await lab.submit({ command: null, task: 'align' });
    const nobody = await explain(lab, '1');
    assert.deepEqual([nobody.workers, nobody.servingWorkers, nobody.worker], [0, 0, null]);
    const able = await lab.worker({ tasks: ['align'] });
    await lab.worker({ name: 'other', tasks: ['fold'] });
    const some = await explain(lab, '1');
    assert.deepEqual([some.workers, some.servingWorkers], [2, 1]);
    await lab.started(able);
    const held = await explain(lab, '1');
    assert.deepEqual([held.job.state, held.live?.state, held.worker], ['running', 'running', 'node07']);
  });

  when('an ended job is explained by its record alone', async (lab) => {
    await lab.submit();
    await lab.act('cancel', '1');
    const { job, live, ahead, worker } = await explain(lab, '1');
    assert.deepEqual([job.state, live, ahead, worker], ['cancelled', null, 0, null]);
  });

  when('a closed storage refuses everything, and may be closed again', async (lab) => {
    const { storage, remove } = await harness.open({ clock: lab.clock, chance: lab.chance });
    await storage.close();
    await assert.rejects(storage.status(), { code: 'stopping' });
    await assert.rejects(storage.sweep(), { code: 'stopping' });
    await storage.close();
    await remove?.();
  });
}

export function restart(harness: Harness): void {
  const when = casesFor(harness);

  when(
    'what was acknowledged is there after a restart',
    async (lab) => {
      await lab.submitAll([{ retry: { max: 1, delayMs: 100 } }, {}, { after: [{ job: 0 }] }, {}]);
      const node = await lab.worker();
      const [failing, running] = await node.take(2);
      assert.ok(failing && running);
      await node.output(running, { stream: 'stdout', sequence: 0, data: Buffer.from('kept') });
      await node.renew({ ...running, fraction: 0.5, text: 'half', counts: null });
      await node.finish(failing, 'failed', { outputs: [{ path: 'core' }] });
      const [offer] = await node.offers(1);
      assert.ok(offer);
      const before = [
        await lab.snapshot(),
        await lab.storage.listWorkers({ limit: 10 }),
        await lab.storage.signingKey(),
      ];
      await lab.reopen();
      const after = [
        await lab.snapshot(),
        await lab.storage.listWorkers({ limit: 10 }),
        await lab.storage.signingKey(),
      ];
      assert.deepEqual(after, before);
      assert.deepEqual((await node.confirm(offer)).start, [offer.attempt]);
      assert.equal((await node.finish(running, 'succeeded')).applied, true);
      await lab.pass(100);
      const [again] = await node.offers(1);
      assert.ok(again && again.epoch > offer.epoch);
      assert.equal(again.attemptNumber, 2);
    },
    { reopens: true },
  );

  when(
    'a server that was away for long costs no worker its lease',
    async (lab) => {
      await lab.submit();
      const node = await lab.worker();
      await lab.started(node);
      await lab.storage.sweep();
      lab.clock.advance(86_400_000);
      await lab.reopen();
      assert.equal((await lab.storage.sweep()).extendedMs, 86_400_000);
      assert.equal(await lab.state('1'), 'running');
    },
    { reopens: true },
  );

  when(
    'an idempotency key outlives a restart',
    async (lab) => {
      const idempotency = { route: 'r', key: 'k', digest: 'd' };
      const [first] = await lab.submitAll([{}], { idempotency });
      await lab.reopen();
      const [again] = await lab.submitAll([{}], { idempotency: { ...idempotency } });
      assert.deepEqual(again, first);
      assert.equal((await lab.list()).length, 1);
    },
    { reopens: true },
  );
}
