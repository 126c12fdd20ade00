import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { systemHost } from '../../src/worker/worker.ts';
import { until } from '../support/until.ts';
import { Bench } from './support/bench.ts';
import type { FakeJob } from './support/fake-jobs.ts';
import { killWorker, spawnWorker } from './support/spawned-worker.ts';

/** Runs on and on, with somebody beside it who has left its group and somebody who has not. */
const family = 'trap "" TERM; (trap "" TERM; sleep 1000) & echo up; sleep 1000; sleep 1000';

function sleepers(bench: Bench, job: FakeJob): number {
  return bench.processes().filter(({ pid, command }) => command.startsWith('sleep') && isOf(pid, job)).length;
}

function isOf(pid: number, job: FakeJob): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`LABKEEP_JOB=${job.ref}\0`);
  } catch {
    // It has ended.
    return false;
  }
}

test('a busy handler keeps the lease: renewals go on while its thread does nothing else', async (t) => {
  const bench = await Bench.open(t, { leaseMs: 3_000 });
  const job = bench.server.submit({ task: 'busy', parameters: { forMs: 5_000 } });
  await spawnWorker(bench);
  await until('the handler', () => bench.lines('handlers').length === 1);
  const before = bench.server.calledWith('renew').length;
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
  const renewals = bench.server.calledWith('renew').slice(before);
  assert.ok(renewals.length >= 2, `${renewals.length} renewals in 5 s of a lease of 3 s`);
});

test('the lease ends: what would be retried elsewhere is gone by then, with all that it started; the rest goes on', async (t) => {
  const leaseMs = 9_000;
  const bench = await Bench.open(t, { leaseMs });
  const retried = bench.server.submit({ command: ['sh', '-c', family], onLost: 'retry' });
  const failing = bench.server.submit({ command: ['sh', '-c', family], onLost: 'fail' });
  const asking = bench.server.submit({ command: ['sh', '-c', family], onLost: 'ask' });
  const jobs = [retried, failing, asking];
  let away = false;
  let lastRenewalAt = 0;
  bench.server.judge = ({ verb }) => {
    if (away) return 'lose_request';
    if (verb === 'renew' || verb === 'register') lastRenewalAt = systemHost.bootMs();
    return 'answer';
  };
  await bench.started({ capacity: 3, limits: { killAfterMs: 300 } });
  await until('the commands', () => jobs.every((job) => sleepers(bench, job) === 2));
  away = true;
  // On the server’s side the lease lives at least until then; a retry begins no sooner.
  const endsAt = lastRenewalAt + leaseMs;
  let lookedAt = 0;
  await until('the end of the one to be retried', () => {
    lookedAt = systemHost.bootMs();
    return sleepers(bench, retried) === 0;
  });
  assert.ok(lookedAt < endsAt, 'it ended after the lease');
  await until('the end of the lease', () => retried.state === 'ready');
  assert.equal(sleepers(bench, failing), 2);
  assert.equal(sleepers(bench, asking), 2);
  assert.equal(failing.reason, 'lease_lost');
  assert.equal(asking.state, 'lost');
});

test('the worker is gone: its supervisor ends in time what would be retried elsewhere, and lets the rest go on', async (t) => {
  const leaseMs = 9_000;
  const bench = await Bench.open(t, { leaseMs });
  const retried = bench.server.submit({ command: ['sh', '-c', family], onLost: 'retry' });
  const failing = bench.server.submit({ command: ['sh', '-c', family], onLost: 'fail' });
  let lastRenewalAt = 0;
  bench.server.judge = ({ verb }) => {
    if (verb === 'renew' || verb === 'register') lastRenewalAt = systemHost.bootMs();
    return 'answer';
  };
  const child = await spawnWorker(bench, { capacity: 2, limits: { killAfterMs: 300 } });
  await until('the commands', () => sleepers(bench, retried) === 2 && sleepers(bench, failing) === 2);
  await until('a renewal', () => lastRenewalAt > 0);
  await killWorker(child);
  const endsAt = lastRenewalAt + leaseMs;
  let lookedAt = 0;
  await until('the end of the one to be retried', () => {
    lookedAt = systemHost.bootMs();
    return sleepers(bench, retried) === 0;
  });
  assert.ok(lookedAt < endsAt, 'it ended after the lease');
  assert.equal(sleepers(bench, failing), 2);
  // A worker that comes back is told that the other is no longer its own, and ends it.
  await until('the end of the lease', () => failing.state === 'ended');
  await spawnWorker(bench, { capacity: 2, limits: { killAfterMs: 300 } });
  await until('the late report', () => failing.late.length === 1);
  assert.equal(sleepers(bench, failing), 0);
});

test('a worker that is stopped in its tracks comes back to nothing of what is retried elsewhere', async (t) => {
  const bench = await Bench.open(t, { leaseMs: 6_000 });
  const job = bench.server.submit({ command: ['sh', '-c', family], onLost: 'retry' });
  const child = await spawnWorker(bench, { limits: { killAfterMs: 200 } });
  await until('the command', () => sleepers(bench, job) === 2);
  const first = job.epoch;
  child.kill('SIGSTOP');
  await until('the job to be put back', () => job.state === 'ready');
  assert.equal(sleepers(bench, job), 0);
  child.kill('SIGCONT');
  await until(
    'the next attempt',
    () => job.state === 'running' && job.epoch > first && sleepers(bench, job) === 2,
  );
  assert.equal(job.attemptNumber, 2);
});

test('a handler that would be retried elsewhere is told when the lease ends', async (t) => {
  const bench = await Bench.open(t, { leaseMs: 2_000 });
  const told: string[] = [];
  let away = false;
  bench.server.judge = () => (away ? 'lose_request' : 'answer');
  const worker = bench.worker();
  worker.handle('wait', async (job, { signal }) => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    signal.addEventListener('abort', () => {
      told.push(job.job);
      resolve(undefined);
    });
    away = true;
    return promise;
  });
  const job = bench.server.submit({ task: 'wait', onLost: 'retry' });
  await worker.start();
  await until('the handler to be told', () => told.length > 0);
  assert.ok(job.state === 'running' || job.state === 'ready');
});

test('nothing is started outside the lease: a confirmation that was answered too late is asked for again', async (t) => {
  const bench = await Bench.open(t, { leaseMs: 1_500, offerMs: 60_000 });
  const job = bench.server.submit({
    command: ['sh', '-c', 'echo "$LABKEEP_ATTEMPT" >> "$BENCH_FOLDER/ledger"'],
    onLost: 'retry',
  });
  let held = true;
  const back = Promise.withResolvers<void>();
  bench.server.judge = async ({ verb }) => {
    if (verb === 'confirm' && held) {
      held = false;
      await until('the end of the lease', () =>
        bench.notes.some((note) => note.includes('could not be renewed')),
      );
      const endsAt = performance.now() + 1_500;
      await until('its last moments', () => performance.now() > endsAt);
      setTimeout(() => back.resolve(), 200);
      return 'answer';
    }
    if (verb === 'renew' && !held) await back.promise;
    return verb === 'renew' && held ? 'lose_request' : 'answer';
  };
  await bench.started();
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
  assert.equal(bench.lines('ledger').length, 1);
  assert.ok(bench.server.calledWith('confirm').length >= 2);
});

test('progress reaches the server within a second or so, and never goes back', async (t) => {
  const bench = await Bench.open(t);
  const worker = bench.worker();
  const seen = Promise.withResolvers<void>();
  worker.handle('steps', async (_, { progress }) => {
    progress(0.5, 'half');
    progress(0.25);
    progress(Number.NaN);
    await seen.promise;
    return undefined;
  });
  const job = bench.server.submit({ task: 'steps' });
  await worker.start();
  await until('the progress', () => job.progress?.fraction === 0.5 && job.progress.text === 'half');
  seen.resolve();
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
});

test('cancellations come also with renewals', async (t) => {
  const bench = await Bench.open(t, { leaseMs: 6_000 });
  bench.server.judge = ({ verb }) =>
    verb === 'claim' && job.state === 'running' ? new Promise(() => undefined) : 'answer';
  const job = bench.server.submit({ command: ['sh', '-c', 'echo up; sleep 1000'] });
  await bench.started();
  await until('the command', () => job.output.size > 0);
  bench.server.cancel(job);
  assert.equal((await bench.ended(job)).outcome, 'cancelled');
});
