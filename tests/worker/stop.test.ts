import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { Bench, outputOf } from './support/bench.ts';
import type { Fate } from './support/fake-server.ts';
import { spawnWorker } from './support/spawned-worker.ts';

test('stop ends what runs and reports it: returned where it may be done again, failed where not', async (t) => {
  const bench = await Bench.open(t);
  const script = 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.01; done';
  const returned = bench.server.submit({ command: ['sh', '-c', script], onLost: 'retry' });
  const failed = bench.server.submit({ command: ['sh', '-c', script] });
  const worker = await bench.started();
  await until('the commands', () => returned.output.size > 0 && failed.output.size > 0);
  await worker.stop();
  assert.equal(returned.state, 'ready');
  assert.equal(returned.attemptNumber, 1);
  assert.equal(failed.report?.outcome, 'failed');
  assert.equal(failed.report?.reason, 'worker_stopped');
  assert.equal(outputOf(failed, ['stdout']).toString(), 'up\nbye\n');
  assert.deepEqual(bench.processes(), []);
});

test('what does not listen is killed, and stop takes no longer for it', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({
    command: ['sh', '-c', 'trap "" TERM; setsid sleep 1000 & sleep 1000 & echo up; wait; wait'],
  });
  const worker = await bench.started();
  await until('the command', () => job.output.size > 0);
  const began = performance.now();
  await worker.stop();
  assert.ok(
    performance.now() - began < 20_000,
    'far beyond the 4 s that it may take, however busy the machine is',
  );
  assert.equal(job.report?.reason, 'worker_stopped');
  assert.deepEqual(bench.processes(), []);
});

test('an offer that was not started goes back', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['sh', '-c', 'echo ran >> "$BENCH_FOLDER/ledger"'] });
  const stopping = Promise.withResolvers<Fate>();
  bench.server.judge = ({ verb }) => (verb === 'confirm' ? stopping.promise : 'answer');
  const worker = await bench.started();
  await until('the confirmation', () => bench.server.calledWith('confirm').length > 0);
  const stopped = worker.stop();
  stopping.resolve('answer');
  await stopped;
  assert.equal(job.state, 'ready');
  assert.deepEqual(bench.lines('ledger'), []);
});

test('stop does not wait for a server that is away; the next start reports', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['sh', '-c', 'echo up; sleep 1000'] });
  const worker = await bench.started();
  await until('the command', () => job.output.size > 0);
  bench.server.judge = () => 'lose_request';
  await worker.stop({ graceMs: 300 });
  assert.deepEqual(bench.processes(), []);
  bench.server.judge = () => 'answer';
  await worker.start();
  assert.equal((await bench.ended(job)).reason, 'worker_stopped');
});

test('start and stop may come in any order, twice, and at once', async (t) => {
  const bench = await Bench.open(t);
  const worker = bench.worker();
  await worker.stop();
  await Promise.all([worker.start(), worker.start(), worker.stop(), worker.stop(), worker.start()]);
  const job = bench.server.submit({ command: ['true'] });
  await bench.ended(job);
  await Promise.all([worker.stop(), worker.stop()]);
  await worker.start();
  await bench.ended(bench.server.submit({ command: ['true'] }));
  await worker.stop();
});

test('a process whose worker has stopped ends by itself: nothing keeps it', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['sh', '-c', 'echo up; sleep 1000'] });
  const child = await spawnWorker(bench);
  await until('the command', () => job.output.size > 0);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  assert.ok(bench.lines('worker.log').some((line) => line.startsWith('stopped')));
  assert.deepEqual(bench.processes(), []);
  assert.ok(existsSync(bench.path('worker/journal.ndjson')));
});

test('a handler that does not listen is left behind, and its job is reported', async (t) => {
  const bench = await Bench.open(t);
  const worker = bench.worker();
  const running = Promise.withResolvers<void>();
  const never = Promise.withResolvers<undefined>();
  worker.handle('deaf', () => {
    running.resolve();
    return never.promise;
  });
  const job = bench.server.submit({ task: 'deaf' });
  await worker.start();
  await running.promise;
  await worker.stop({ graceMs: 100 });
  assert.equal(job.report?.reason, 'worker_stopped');
  never.resolve(undefined);
});
