import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabkeepClient, LabkeepError } from '@labkeep/client';
import { ServerLab } from '../http/server-lab.ts';

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

for (const storage of ['memory', 'sqlite'] as const)
  test(`${storage}: jobs are done, cancelled, and handed back uncounted when the worker stops`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    const url = await lab.listen();
    const client = new LabkeepClient({ url, token: await lab.token('admin', 'ana') });
    await client.projects.create({ name: 'p' });
    const stop = new AbortController();
    const stopped = Promise.withResolvers<void>();
    const told: string[] = [];
    const working = client.work({
      name: 'w',
      signal: stop.signal,
      drainMs: 0,
      handlers: {
        quick: (job, { log }) => {
          log(`done ${job.job}`);
          return { outputs: ['out.txt'] };
        },
        cancelled: async (job, { signal }) => {
          await client.jobs.act(job.job, 'cancel');
          await aborted(signal);
          throw signal.reason;
        },
        interrupted: async (_, { signal }) => {
          stopped.resolve();
          await aborted(signal);
          throw signal.reason;
        },
      },
      onTrouble: ({ code }) => told.push(code),
    });
    await client.jobs.submitMany('p', [
      { task: 'quick' },
      { task: 'cancelled' },
      { task: 'interrupted', onLost: 'retry' },
      { task: 'quick', hold: true },
    ]);
    await stopped.promise;
    await client.jobs.act('p/4', 'release');
    stop.abort();
    await working;
    const states: unknown[] = [];
    for await (const { ref, state, reason, attempts } of client.jobs.each('p'))
      states.push([ref, state, reason, attempts]);
    assert.deepEqual(states, [
      ['p/1', 'succeeded', null, 1],
      ['p/2', 'cancelled', 'requested', 1],
      ['p/3', 'ready', null, 0],
      ['p/4', 'ready', null, 0],
    ]);
    assert.equal(await client.jobs.logText('p/1'), 'done p/1\n');
    assert.deepEqual(
      (await client.jobs.files('p/1')).items.map(({ path, role }) => [path, role]),
      [['out.txt', 'output']],
    );
    assert.deepEqual(told, []);
  });

test('a worker of the client declares its tasks, and they are run and followed by their parameters', async (t) => {
  const lab = await ServerLab.open(t);
  const client = new LabkeepClient({ url: await lab.listen(), token: await lab.token('admin', 'ana') });
  const stop = new AbortController();
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const working = client.work({
    name: 'w',
    signal: stop.signal,
    handlers: {
      count: async (_, { progress }) => {
        begun.resolve();
        await goOn.promise;
        progress(1, 'all');
        return undefined;
      },
      ready: () => undefined,
    },
    declares: {
      count: { title: 'Count', parameters: { properties: { to: { type: 'integer', default: 3 } } } },
      ready: {},
    },
  });
  const run = () => client.tasks.run('count', { parameters: { to: 3 } });
  const first = await untilKnown(run);
  await begun.promise;
  await assert.rejects(client.tasks.run('count'), { code: 'task_already_running' });
  assert.equal((await client.tasks.status('count')).job.ref, first.ref);
  goOn.resolve();
  stop.abort();
  await working;
  const { job, progress } = await client.tasks.status('count', { to: 3 });
  assert.deepEqual([job.state, progress?.fraction], ['succeeded', 1]);
  assert.deepEqual(
    (await client.tasks.list()).items.map(({ name, principal }) => [name, principal]),
    [
      ['count', 'ana'],
      ['ready', 'ana'],
    ],
  );
  assert.equal((await client.tasks.get('count')).title, 'Count');
});

/** The worker registers in its own time. */
async function untilKnown<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof LabkeepError) || error.code !== 'task_unknown') throw error;
    }
  }
}
