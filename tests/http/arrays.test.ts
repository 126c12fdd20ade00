/** Parents with a limit on their children, over HTTP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobPath, ServerLab } from './server-lab.ts';

const jobs = '/v1/projects/toxd/jobs';

for (const storage of ['memory', 'sqlite'] as const)
  test(`a parent shows its limit and how its children stand (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    const parent = await lab.ok('POST', jobs, { body: { atOnce: 2, title: 'array', submit: false } });
    assert.deepEqual(
      [parent.atOnce, parent.children, parent.state],
      [2, { open: 0, succeeded: 0, failed: 0, cancelled: 0 }, 'draft'],
    );
    const children = Array.from({ length: 3 }, () => ({ command: ['true'], parent: parent.number }));
    await lab.ok('POST', jobs, { body: { jobs: children } });
    const started = await lab.ok('POST', `${jobPath(parent.ref)}/submit`);
    assert.equal(started.state, 'running');
    const token = await lab.token('worker', 'admin');
    const { worker } = await lab.ok('POST', '/v1/workers', { token, body: { name: 'w' } });
    const claim = { token, body: { worker, capacity: 9, held: [] } };
    assert.equal((await lab.ok('POST', '/v1/claims', claim)).offers.length, 2);
    const { sentence } = await lab.ok('GET', `${jobs}/1.3/why`);
    assert.equal(sentence, 'toxd/1 has at most 2 children at work at one time, and as many are.');
    assert.deepEqual((await lab.ok('GET', jobPath(parent.ref))).children, {
      open: 3,
      succeeded: 0,
      failed: 0,
      cancelled: 0,
    });
    const plain = await lab.ok('GET', `${jobs}/1.1`);
    assert.deepEqual([plain.atOnce, plain.children], [null, null]);
    const again = await lab.ok('POST', `${jobPath(parent.ref)}/rerun`);
    assert.equal(again.atOnce, 2);
  });

test('only a job without work of its own limits its children', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  for (const body of [
    { atOnce: 2, command: ['true'] },
    { atOnce: 2, task: 'refine' },
    { atOnce: 0 },
    { atOnce: 1.5 },
    { atOnce: 2_000_000 },
  ]) {
    const problem = await lab.refused('invalid_field', 'POST', jobs, { body });
    assert.equal(problem.field, 'atOnce', JSON.stringify(body));
  }
  assert.equal((await lab.ok('POST', jobs, { body: { atOnce: null } })).atOnce, null);
});

test('a waiting claim is answered as soon as a child makes room', async (t) => {
  const lab = await ServerLab.open(t, { storage: 'sqlite' });
  await lab.project();
  const { number } = await lab.ok('POST', jobs, { body: { atOnce: 1 } });
  await lab.ok('POST', jobs, { body: { jobs: [1, 2].map(() => ({ command: ['true'], parent: number })) } });
  const token = await lab.token('worker', 'admin');
  const register = async (name: string): Promise<string> =>
    (await lab.ok('POST', '/v1/workers', { token, body: { name } })).worker;
  const [one, two] = [await register('one'), await register('two')];
  const claim = (worker: string, waitMs: number) =>
    lab.ok('POST', '/v1/claims', { token, body: { worker, capacity: 1, held: [], waitMs } });
  const [{ attempt, epoch }] = (await claim(one, 0)).offers;
  await lab.ok('POST', '/v1/attempts/confirm', {
    token,
    body: { worker: one, attempts: [{ attempt, epoch }] },
  });
  const waiting = claim(two, 60_000);
  while (lab.useCases.waits().claims === 0) await new Promise((resolve) => setImmediate(resolve));
  const attempts = [{ attempt, epoch, outcome: 'succeeded', exitCode: 0 }];
  await lab.ok('POST', '/v1/attempts/finish', { token, body: { attempts } });
  assert.equal((await waiting).offers[0].job, 'toxd/1.2');
});
