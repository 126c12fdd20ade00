import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabkeepClient } from '@labkeep/client';
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
