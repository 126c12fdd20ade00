/** What becomes of work when calls are lost, leases end, or the worker is stopped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabkeepError } from '@labkeep/client';
import { until } from '../support/until.ts';
import type { Verb } from '../worker/support/fake-server.ts';
import { flakyFetch } from './flaky-fetch.ts';
import { aborted, bench, ended, logged } from './work-bench.ts';

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
  const { server, work } = await bench(t, { leaseMs: 1_500 });
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
