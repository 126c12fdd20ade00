import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type ClientOptions,
  type JobHandler,
  LabkeepClient,
  LabkeepError,
  type WorkOptions,
} from '@labkeep/client';
import type { FakeDurations, FakeJob } from '../worker/support/fake-jobs.ts';
import { FakeServer, type Verb } from '../worker/support/fake-server.ts';
import { until } from '../worker/support/until.ts';
import { flakyFetch } from './flaky-fetch.ts';

interface Bench {
  readonly server: FakeServer;
  readonly stop: AbortController;
  readonly troubles: string[];
  work(
    handlers: Readonly<Record<string, JobHandler>>,
    options?: Partial<WorkOptions>,
    client?: Partial<ClientOptions>,
  ): Promise<void>;
}

async function bench(t: TestContext, durations: Partial<FakeDurations> = {}): Promise<Bench> {
  const server = await FakeServer.start(durations);
  const stop = new AbortController();
  const troubles: string[] = [];
  const works: Promise<unknown>[] = [];
  t.after(async () => {
    server.judge = () => 'answer';
    stop.abort();
    await Promise.allSettled(works);
    await server.stop();
  });
  return {
    server,
    stop,
    troubles,
    work: (handlers, options = {}, client = {}) => {
      const work = new LabkeepClient({ ...server.address, ...client }).work({
        name: 'w',
        handlers,
        signal: stop.signal,
        onTrouble: ({ code }) => troubles.push(code),
        ...options,
      });
      work.catch(() => undefined);
      works.push(work);
      return work;
    },
  };
}

function ended(job: FakeJob) {
  return until(`the end of ${job.ref}`, () => job.report);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What an attempt logged, by stream. */
function logged(job: FakeJob, stream = 'stdout'): string {
  const [chunks = new Map()] = job.output.values();
  const sorted = [...chunks.values()].sort((a, b) => a.seq - b.seq);
  assert.deepEqual(
    sorted.map(({ seq }) => seq),
    sorted.map((_, index) => index),
  );
  return Buffer.concat(
    sorted.filter((it) => it.stream === stream).map(({ data }) => Buffer.from(data, 'base64')),
  ).toString();
}

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

for (const loss of ['lose_request', 'lose_answer'] as const)
  test(`whatever call meets ${loss}, a job is run once and its end arrives`, async (t) => {
    const { server, work, troubles } = await bench(t);
    const seen = new Map<Verb, number>();
    server.judge = ({ verb }) => {
      const count = (seen.get(verb) ?? 0) + 1;
      seen.set(verb, count);
      return count <= 2 ? loss : 'answer';
    };
    const jobs = [server.submit({ task: 'once' }), server.submit({ task: 'once' })];
    const runs: string[] = [];
    void work(
      {
        once: ({ job }, { log }) => {
          runs.push(job);
          log(job);
          return undefined;
        },
      },
      { capacity: 2 },
    );
    for (const job of jobs) {
      assert.equal((await ended(job)).outcome, 'succeeded');
      assert.equal(logged(job), `${job.ref}\n`);
    }
    assert.deepEqual(runs.sort(), ['test/1', 'test/2']);
    assert.ok(troubles.length > 0 && troubles.every((code) => code === 'server_away'), troubles.join());
  });

test('a server that fails inside is no answer to a report', async (t) => {
  const { server, work } = await bench(t);
  let failures = 2;
  server.judge = ({ verb }) =>
    verb === 'finish' && failures-- > 0 ? { refuse: 500, code: 'internal' } : 'answer';
  const job = server.submit({ task: 'x' });
  void work({ x: () => undefined });
  assert.equal((await ended(job)).outcome, 'succeeded');
});

test('a report that the server will not have is told without what it says of files', async (t) => {
  const { server, work, troubles } = await bench(t);
  server.judge = ({ verb, body }) =>
    verb === 'finish' && JSON.stringify(body).includes('outputs')
      ? { refuse: 400, code: 'invalid_field' }
      : 'answer';
  const job = server.submit({ task: 'x' });
  void work({ x: () => ({ outputs: [''] }) });
  const report = await ended(job);
  assert.deepEqual([report.outcome, report.outputs], ['succeeded', undefined]);
  assert.deepEqual(troubles, ['invalid_field']);
});

test('the lease is renewed while a handler runs', async (t) => {
  const { server, work } = await bench(t, { leaseMs: 600 });
  const job = server.submit({ task: 'long', onLost: 'fail' });
  void work({
    long: async () => {
      await until('renewals beyond one lease', () => server.calledWith('renew').length >= 4);
      return undefined;
    },
  });
  assert.equal((await ended(job)).outcome, 'succeeded');
});

test('what would be done again elsewhere ends before the lease does', async (t) => {
  const { server, work } = await bench(t, { leaseMs: 600 });
  const states: string[] = [];
  const job = server.submit({ task: 'again', onLost: 'retry' });
  server.judge = ({ verb }) => (verb === 'renew' && states.length === 0 ? 'lose_request' : 'answer');
  void work({
    again: async (_, { signal }) => {
      if (states.length > 0) return undefined;
      await aborted(signal);
      states.push(job.state);
      throw signal.reason;
    },
  });
  assert.equal((await ended(job)).outcome, 'succeeded');
  assert.deepEqual(states, ['running']);
});

test('what holds locks ends before the lease does, since they are free then', async (t) => {
  const { server, work } = await bench(t, { leaseMs: 600 });
  const states: string[] = [];
  const held = [{ path: 'embl', mode: 'shared' as const, release: null, directory: null }];
  const job = server.submit({ task: 'read', onLost: 'fail', databases: held });
  server.judge = ({ verb }) => (verb === 'renew' && states.length === 0 ? 'lose_request' : 'answer');
  void work({
    read: async (_, { signal }) => {
      await aborted(signal);
      states.push(job.state);
      throw signal.reason;
    },
  });
  await until('the end of the handler', () => states.length > 0);
  assert.deepEqual(states, ['running']);
});

test('a worker that the server has forgotten registers again and goes on', async (t) => {
  const { server, work } = await bench(t);
  void work({ x: () => undefined });
  await until('a claim', () => server.calledWith('claim').length > 0);
  server.forgetWorker();
  const job = server.submit({ task: 'x' });
  assert.equal((await ended(job)).outcome, 'succeeded');
  assert.equal(server.registrations, 2);
});

test('a worker that is refused rejects with the reason', async (t) => {
  const { server, work } = await bench(t);
  server.judge = () => ({ refuse: 401, code: 'unauthenticated' });
  await assert.rejects(
    work({ x: () => undefined }),
    (error) => error instanceof LabkeepError && error.code === 'unauthenticated',
  );
  assert.equal(server.calls.length, 1);
});

test('a worker that is refused in the middle ends what it is at, and rejects', async (t) => {
  const { server, work } = await bench(t);
  const up = Promise.withResolvers<void>();
  let signalled = false;
  server.submit({ task: 'x' });
  const working = work({
    x: async (_, { signal }) => {
      up.resolve();
      await aborted(signal);
      signalled = true;
      throw signal.reason;
    },
  });
  await up.promise;
  server.judge = () => ({ refuse: 401, code: 'token_revoked' });
  server.forgetWorker();
  await assert.rejects(working, { code: 'token_revoked' });
  assert.ok(signalled);
});

test('stopped, it lets what runs come to its end, reports it, and begins nothing', async (t) => {
  const { server, stop, work } = await bench(t);
  const up = Promise.withResolvers<AbortSignal>();
  const go = Promise.withResolvers<void>();
  const [first, second] = [server.submit({ task: 'x' }), server.submit({ task: 'x' })];
  const working = work({
    x: async (_, { signal }) => {
      up.resolve(signal);
      await go.promise;
      return undefined;
    },
  });
  const signal = await up.promise;
  stop.abort();
  let finishes = 0;
  server.judge = ({ verb }) => (verb === 'finish' && finishes++ === 0 ? 'lose_answer' : 'answer');
  go.resolve();
  await working;
  assert.equal(signal.aborted, false);
  assert.equal(first.report?.outcome, 'succeeded');
  assert.equal(finishes, 2);
  assert.equal(second.state, 'ready');
});

for (const [onLost, outcome, state] of [
  ['retry', 'returned', 'ready'],
  ['fail', 'failed', 'ended'],
] as const)
  test(`stopped with a bound, a handler is told; of a job that is to ${onLost}, it is ${outcome}`, async (t) => {
    const { server, stop, work } = await bench(t);
    const up = Promise.withResolvers<void>();
    const job = server.submit({ task: 'x', onLost });
    const working = work(
      {
        x: async (_, { signal }) => {
          up.resolve();
          await aborted(signal);
          throw signal.reason;
        },
      },
      { drainMs: 0 },
    );
    await up.promise;
    stop.abort();
    await working;
    assert.equal(server.calledWith('finish').length, 1);
    assert.match(JSON.stringify(server.calledWith('finish')[0]?.body), new RegExp(`"outcome":"${outcome}"`));
    assert.equal(job.state, state);
  });

test('an offer whose confirmation is not answered when it is stopped goes back', async (t) => {
  const { server, stop, work } = await bench(t);
  const confirming = Promise.withResolvers<void>();
  server.judge = ({ verb }) => {
    if (verb !== 'confirm') return 'answer';
    confirming.resolve();
    return 'lose_answer';
  };
  const job = server.submit({ task: 'x' });
  const working = work({ x: () => assert.fail('it was begun') });
  await confirming.promise;
  stop.abort();
  await working;
  assert.equal(job.state, 'ready');
  assert.equal(job.attemptNumber, 1);
});

test('an offer in an answer that is cut off when it is stopped goes back', async (t) => {
  const { server, stop, work } = await bench(t);
  const job = server.submit({ task: 'x' });
  const cut = flakyFetch(async (pass, init) => {
    const response = await pass();
    if (job.state !== 'offered') return response;
    stop.abort();
    init?.signal?.throwIfAborted();
    return response;
  });
  await work({ x: () => assert.fail('it was begun') }, {}, { fetch: cut });
  assert.equal(job.state, 'ready');
});

test('a signal that is aborted already begins nothing, and one before the first answer ends it', async (t) => {
  const { server, stop, work } = await bench(t);
  server.judge = () => {
    stop.abort();
    return 'lose_request';
  };
  await work({ x: () => undefined });
  assert.equal(server.calls.length, 1);
  await work({ x: () => undefined });
  assert.equal(server.calls.length, 1);
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
