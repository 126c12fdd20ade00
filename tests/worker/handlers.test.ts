import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { instanceOf } from '../../src/worker/journal/instance.ts';
import { namesHere } from '../../src/worker/programs/look.ts';
import { until } from '../support/until.ts';
import { Bench, outputOf } from './support/bench.ts';

test('a handler gets its job, logs, and names its outputs', async (t) => {
  const bench = await Bench.open(t);
  const worker = bench.worker();
  worker.handle('translate', (job, { log }) => {
    log('one');
    log('two\n');
    writeFileSync(bench.path('out.fa'), String(job.parameters));
    return { outputs: ['out.fa', { path: 'known', size: 1, sha256: 'ab' }] };
  });
  const job = bench.server.submit({
    task: 'translate',
    parameters: 'MK',
    directory: bench.folder,
    outputs: [{ path: 'out.fa' }],
  });
  await worker.start();
  const report = await bench.ended(job);
  assert.equal(report.outcome, 'succeeded');
  assert.equal(outputOf(job).toString(), 'one\ntwo\n');
  assert.deepEqual(
    report.outputs?.map((it) => (typeof it === 'string' ? it : [it.path, it.size])),
    [
      ['known', 1],
      ['out.fa', 2],
    ],
  );
});

test('the server is told what the worker can do', async (t) => {
  const bench = await Bench.open(t);
  const worker = bench.worker({ labels: { site: 'b' }, accept: ['ana'], capacity: 3 });
  worker.handle('translate', () => undefined);
  await worker.start();
  await until('the registration', () => bench.server.calledWith('register').length > 0);
  assert.deepEqual(bench.server.calledWith('register')[0]?.body, {
    protocol: 1,
    name: 'bench',
    capacity: 3,
    ...namesHere(),
    instance: instanceOf(bench.settings().folder),
    tasks: ['command', 'translate'],
    labels: { site: 'b' },
    accept: ['ana'],
  });
  assert.throws(() => worker.handle('late', () => undefined), /before the worker starts/);
});

test('what a handler throws is the error of the job', async (t) => {
  const bench = await Bench.open(t);
  const worker = bench.worker();
  worker.handle('throws', () => {
    throw new RangeError('unknown enzyme "EcoR1"', { cause: new Error('not in the table') });
  });
  const job = bench.server.submit({ task: 'throws' });
  await worker.start();
  assert.deepEqual(await bench.ended(job), {
    attempt: 'test.1-1',
    epoch: job.epoch,
    outcome: 'failed',
    reason: 'handler_error',
    error: 'RangeError: unknown enzyme "EcoR1" (caused by Error: not in the table)',
  });
});

test('a job for which there is no handler fails and says so', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ task: 'unheard-of' });
  await bench.started();
  const report = await bench.ended(job);
  assert.equal(report.reason, 'not_started');
  assert.match(report.error ?? '', /no handler of the name unheard-of/);
});

test('a cancelled handler is told; if it comes to its end all the same, the job has succeeded', async (t) => {
  const bench = await Bench.open(t);
  const worker = bench.worker();
  const up = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
  const aborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  worker.handle('gives up', async (_, { signal }) => {
    up.a.resolve();
    await aborted(signal);
    throw signal.reason;
  });
  worker.handle('finishes', async (_, { signal }) => {
    up.b.resolve();
    await aborted(signal);
    return undefined;
  });
  const first = bench.server.submit({ task: 'gives up' });
  const second = bench.server.submit({ task: 'finishes' });
  await worker.start();
  await Promise.all([up.a.promise, up.b.promise]);
  bench.server.cancel(first);
  bench.server.cancel(second);
  assert.equal((await bench.ended(first)).outcome, 'cancelled');
  assert.equal((await bench.ended(second)).outcome, 'succeeded');
});

test('a handler that takes too long is told, and has failed for that reason', async (t) => {
  const bench = await Bench.open(t);
  const worker = bench.worker();
  worker.handle('slow', async (_, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    throw new Error('told');
  });
  const job = bench.server.submit({ task: 'slow', limits: { attemptMs: 50 } });
  await worker.start();
  assert.equal((await bench.ended(job)).reason, 'attempt_time_limit');
});

test('a job with a command is a command, though its task has a handler', async (t) => {
  const bench = await Bench.open(t);
  const worker = bench.worker();
  worker.handle('sort', () => {
    throw new Error('not asked');
  });
  const job = bench.server.submit({ task: 'sort', command: ['echo', 'sorted'] });
  await worker.start();
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
  assert.equal(outputOf(job).toString(), 'sorted\n');
});
