/** A claim and a report that cross on their way to the server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldAttempt } from '@labkeep/client';
import { systemHost } from '../../src/worker/worker.ts';
import { until } from '../support/until.ts';
import { Bench } from './support/bench.ts';
import { pollAfterAbandonMs } from './support/fake-server.ts';

/** A worker whose pauses are written down. */
async function withPauses(
  t: Parameters<typeof Bench.open>[0],
): Promise<{ readonly bench: Bench; readonly pauses: number[]; readonly host: typeof systemHost }> {
  const pauses: number[] = [];
  const timers: typeof systemHost.timers = {
    after: (afterMs, act) => {
      pauses.push(afterMs);
      return systemHost.timers.after(afterMs, act);
    },
  };
  return { bench: await Bench.open(t), pauses, host: { ...systemHost, timers } };
}

test('a claim that a report overtook is followed by the next at once: there is nothing to abandon', async (t) => {
  const { bench, pauses, host } = await withPauses(t);
  const { server } = bench;
  // The claim that names the job as being at work reaches the server after its end.
  const crossing = Promise.withResolvers<void>();
  let crossed = false;
  server.judge = async ({ verb, body }): Promise<'answer'> => {
    const held = verb === 'claim' ? (body.held as readonly HeldAttempt[]) : [];
    if (held.some(({ state }) => state !== 'finished')) {
      await crossing.promise;
      crossed = true;
    }
    return 'answer';
  };
  const worker = bench.worker({ host });
  worker.handle('make', () => undefined);
  await worker.start();
  const first = server.submit({ task: 'make', command: null });
  await bench.ended(first);
  const before = server.calledWith('claim').length;
  pauses.length = 0;
  crossing.resolve();
  await until('the next claim', () => server.calledWith('claim').length > before);
  assert.equal(crossed, true);
  assert.deepEqual(
    pauses.filter((ms) => ms === pollAfterAbandonMs),
    [],
  );
  await bench.ended(server.submit({ task: 'make', command: null }));
  assert.deepEqual(first.late, []);
});

test('what is at work still, and is to be abandoned, ends; the next claim waits as the server says', async (t) => {
  const { bench, pauses, host } = await withPauses(t);
  const worker = bench.worker({ host });
  const ended = Promise.withResolvers<unknown>();
  worker.handle('make', (_, { signal }) => {
    signal.addEventListener('abort', () => ended.resolve(signal.reason));
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  await worker.start();
  const job = bench.server.submit({ task: 'make', command: null });
  await until('the start', () => job.state === 'running');
  await until('a claim that names it', () =>
    bench.server.calledWith('claim').some(({ body }) => (body.held as readonly HeldAttempt[]).length > 0),
  );
  job.state = 'ended';
  assert.match(String(await ended.promise), /not_ours/);
  await until('the pause', () => pauses.includes(pollAfterAbandonMs));
});
