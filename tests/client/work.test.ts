/** Handlers in a program of one's own: what they get, and what becomes of what they say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabkeepClient } from '@labkeep/client';
import { until } from '../support/until.ts';

import { aborted, bench, ended, logged } from './work-bench.ts';

test('a handler gets its job, logs, tells its progress and names its outputs', async (t) => {
  const { server, work } = await bench(t);
  const job = server.submit({ task: 'translate', parameters: 'MK' });
  void work(
    {
      translate: async (offer, { log, progress }) => {
        log('one');
        log('two\n');
        progress(0.5, String(offer.parameters));
        progress(0.25);
        await until('the progress', () => job.progress);
        return { outputs: ['out.fa', { path: 'known', size: 1 }] };
      },
    },
    { labels: { site: 'b' }, accept: ['ana'], capacity: 3 },
  );
  const report = await ended(job);
  assert.deepEqual([report.outcome, report.outputs], ['succeeded', ['out.fa', { path: 'known', size: 1 }]]);
  assert.equal(logged(job), 'one\ntwo\n');
  assert.deepEqual(job.progress, { fraction: 0.5, text: 'MK' });
  assert.deepEqual(server.calledWith('register')[0]?.body, {
    protocol: 1,
    name: 'w',
    capacity: 3,
    tasks: ['translate'],
    labels: { site: 'b' },
    accept: ['ana'],
  });
});

test('directories that this machine has elsewhere: offers in its paths, outputs in those of the server', async (t) => {
  const { server, work } = await bench(t);
  const job = server.submit({
    task: 'make',
    directories: [{ alias: 'DATA', path: '/srv/data' }],
    directory: '/srv/data/run',
    environment: { AT: '/srv/data/x' },
  });
  void work(
    {
      make: ({ directory, environment }) => ({
        outputs: [`${directory}/${environment.AT}`, { path: '/mnt/y' }],
      }),
    },
    { aliases: { DATA: '/mnt', NONE: '/nowhere' } },
  );
  const { outputs } = await ended(job);
  assert.deepEqual(outputs, ['/srv/data/run//mnt/x', { path: '/srv/data/y' }]);
  assert.deepEqual(server.calledWith('claim')[0]?.body.aliases, ['DATA', 'NONE']);
});

test('what a handler throws is the error of the job', async (t) => {
  const { server, work } = await bench(t);
  const job = server.submit({ task: 'throws' });
  void work({
    throws: () => {
      throw new RangeError('unknown enzyme "EcoR1"', { cause: new Error('not in the table') });
    },
  });
  const { outcome, reason, error } = await ended(job);
  assert.deepEqual(
    [outcome, reason, error],
    ['failed', 'handler_error', 'RangeError: unknown enzyme "EcoR1" (caused by Error: not in the table)'],
  );
});

test('the handler of its task comes before that of commands, and that of everything last', async (t) => {
  const { server, work } = await bench(t);
  const jobs = [
    server.submit({ task: 'sort', command: ['sort'] }),
    server.submit({ task: 'other', command: ['x'] }),
    server.submit({ task: 'other' }),
  ];
  const by: string[] = [];
  const note = (name: string) => () => {
    by.push(name);
    return undefined;
  };
  void work({ '*': note('any'), command: note('command'), sort: note('sort') });
  await Promise.all(jobs.map(ended));
  assert.deepEqual(by, ['sort', 'command', 'any']);
});

test('a job for which there is no handler fails and says so', async (t) => {
  const { server, work } = await bench(t);
  const job = server.submit({ task: 'unheard-of' });
  void work({ sort: () => undefined });
  const { reason, error } = await ended(job);
  assert.deepEqual([reason, error], ['not_started', 'this worker has no handler of the name unheard-of']);
  await assert.rejects(new LabkeepClient(server.address).work({ name: 'w', handlers: {} }), {
    code: 'usage',
  });
});

test('no more run at once than there is room for, and all are run once', async (t) => {
  const { server, work } = await bench(t);
  const jobs = Array.from({ length: 20 }, () => server.submit({ task: 'count' }));
  let now = 0;
  let most = 0;
  const runs = new Map<string, number>();
  void work(
    {
      count: async ({ job }) => {
        most = Math.max(most, ++now);
        runs.set(job, (runs.get(job) ?? 0) + 1);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        return undefined;
      },
    },
    { capacity: 3 },
  );
  await Promise.all(jobs.map(ended));
  assert.equal(most, 3);
  assert.deepEqual([...runs.values()], Array(20).fill(1));
});

test('a cancelled handler is told; if it comes to its end all the same, the job has succeeded', async (t) => {
  const { server, work } = await bench(t);
  const up = { first: Promise.withResolvers<void>(), second: Promise.withResolvers<void>() };
  const [first, second] = [server.submit({ task: 'gives-up' }), server.submit({ task: 'finishes' })];
  void work(
    {
      'gives-up': async (_, { signal }) => {
        up.first.resolve();
        await aborted(signal);
        throw signal.reason;
      },
      finishes: async (_, { signal }) => {
        up.second.resolve();
        await aborted(signal);
        return undefined;
      },
    },
    { capacity: 2 },
  );
  await Promise.all([up.first.promise, up.second.promise]);
  server.cancel(first);
  server.cancel(second);
  assert.equal((await ended(first)).outcome, 'cancelled');
  assert.equal((await ended(second)).outcome, 'succeeded');
});

test('a handler that takes too long is told, and has failed for that reason', async (t) => {
  const { server, work } = await bench(t);
  const job = server.submit({ task: 'slow', limits: { attemptMs: 30 } });
  void work({
    slow: async (_, { signal }) => {
      await aborted(signal);
      throw signal.reason;
    },
  });
  assert.equal((await ended(job)).reason, 'attempt_time_limit');
});

test('a log arrives whole, and up to what the server keeps', async (t) => {
  const { server, work } = await bench(t);
  const line = `${'ü'.repeat(100_001)}\n`;
  const [whole, capped] = [server.submit({ task: 'whole' }), server.submit({ task: 'capped' })];
  void work({
    whole: (_, { log }) => {
      for (let i = 0; i < 20; i++) log(line);
      return undefined;
    },
    capped: (_, { log }) => {
      for (let i = 0; i < 17; i++) log('x'.repeat(1024 * 1024 - 1));
      return undefined;
    },
  });
  await Promise.all([ended(whole), ended(capped)]);
  assert.equal(logged(whole), line.repeat(20));
  assert.equal(logged(capped).length, 16 * 1024 * 1024);
  assert.equal(logged(capped, 'note'), 'log capped: 1048576 bytes more were not kept\n');
});

test('a log that the server refuses costs the log only', async (t) => {
  const { server, work, troubles } = await bench(t);
  server.judge = ({ verb }) => (verb === 'output' ? { refuse: 409, code: 'epoch_stale' } : 'answer');
  const job = server.submit({ task: 'x' });
  void work({
    x: (_, { log }) => {
      log('said');
      return undefined;
    },
  });
  assert.equal((await ended(job)).outcome, 'succeeded');
  assert.deepEqual(troubles, ['epoch_stale']);
});
