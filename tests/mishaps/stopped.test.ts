/** Stopped, not dead: a server, then a worker, stand still for longer than their leases, and go on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Lab, leaseMs } from './lab.ts';

const again = { retry: { max: 3, delayMs: 0 } };

test('a server that stands still beyond all leases ends nobody’s: what a worker had to end is done again, the rest goes on', {
  timeout: 240_000,
}, async (t) => {
  const lab = await Lab.open(t);
  lab.startWorker('worker-1');
  const failing = await lab.submit('fails when lost', { until: 'told', onLost: 'fail' });
  const repeated = await lab.submit('repeated when lost', { until: 'told', onLost: 'retry', ...again });
  const locking = await lab.submit('has a lock', {
    until: 'told',
    onLost: 'retry',
    ...again,
    locks: ['alpha:exclusive'],
  });
  for (const ref of [failing, repeated, locking]) await lab.begun(ref);
  lab.server.signal('SIGSTOP');
  await delay(2 * leaseMs);
  lab.server.signal('SIGCONT');
  // Its worker, which heard of nobody, has ended by then what might have been given to another.
  await lab.begun(repeated, 2);
  await lab.begun(locking, 2);
  lab.go('told');
  assert.deepEqual((await lab.inState(failing, 'succeeded', 'failed')).state, 'succeeded');
  assert.deepEqual(lab.lines(failing), ['start', 'end'], 'it went on all the while');
  await lab.settled();
  await lab.isSound();
});

test('a worker that stands still beyond its lease comes back to nothing: its reports are refused, and kept for people to see', {
  timeout: 240_000,
}, async (t) => {
  const lab = await Lab.open(t);
  const worker = lab.startWorker('worker-1');
  const failing = await lab.submit('fails when lost', { until: 'told', onLost: 'fail' });
  const asking = await lab.submit('asks when lost', { until: 'told', onLost: 'ask' });
  const repeated = await lab.submit('repeated when lost', { until: 'told', onLost: 'retry', ...again });
  for (const ref of [failing, asking, repeated]) await lab.begun(ref);
  worker.kill('SIGSTOP');
  await lab.inState(failing, 'failed');
  await lab.inState(asking, 'lost');
  lab.startWorker('worker-2');
  // By another, and only when nothing of the first runs any more, which the ledger tells (`beside`).
  await lab.begun(repeated, 2);
  const before = await lab.job(failing);
  lab.go('told');
  await lab.inState(repeated, 'succeeded');
  worker.kill('SIGCONT');
  assert.equal((await lab.inState(asking, 'succeeded')).attempts, 1);
  await lab.reportedLate(failing);
  const after = await lab.job(failing);
  assert.deepEqual([after.state, after.revision, after.attempts], ['failed', before.revision, 1]);
  const shown = await lab.labkeep('show', failing);
  assert.match(shown.stdout, /late/i);
  await lab.isSound();
});
