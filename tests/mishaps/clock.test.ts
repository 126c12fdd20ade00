/** The wall clock of the whole machine is set forward and back by a day while jobs run and locks are held. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { otherFileSystemUnavailable } from '../daemon/support/other-file-system.ts';
import { postgresUnavailable, startPostgres } from '../support/postgres.ts';
import { Lab, leaseMs } from './lab.ts';
import { ShiftedClock } from './shifted-clock.ts';

const dayMs = 86_400_000;
const unavailable = {
  sqlite: otherFileSystemUnavailable(),
  postgres: otherFileSystemUnavailable() ?? postgresUnavailable(),
};

for (const storage of ['sqlite', 'postgres'] as const)
  test(`${storage}: a clock that jumps by a day, forward and back, costs no lease, doubles nothing, and stops nothing`, {
    skip: unavailable[storage],
    timeout: 240_000,
  }, async (t) => {
    await using ended = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'labkeep-clock-'));
    ended.defer(() => rmSync(folder, { recursive: true, force: true }));
    chmodSync(folder, 0o755);
    using clock = new ShiftedClock(folder);
    const { env } = clock;
    const postgres = storage === 'postgres' ? await startPostgres({ fsync: false, environment: env }) : null;
    if (postgres !== null) ended.defer(() => postgres.stop());
    const lab = await Lab.open(t, { env, ...(postgres === null ? {} : { storage: postgres.url() }) });
    lab.startWorker('worker-1');

    const through = await lab.submit('runs through it all', { until: 'over', locks: ['alpha:exclusive'] });
    await lab.begun(through);
    const over = Promise.withResolvers<void>();
    let lost = false;
    const held = lab.client().locks.hold(
      ['beta:exclusive'],
      async ({ signal }) => {
        signal.addEventListener('abort', () => (lost = true), { once: true });
        await over.promise;
      },
      { leaseMs },
    );

    for (const [index, aheadMs] of [dayMs, 0, -dayMs].entries()) {
      clock.set(aheadMs);
      // A lease long: each is given, run, and told of as before.
      for (const turn of [1, 2]) {
        const ref = await lab.submit(`jump ${index}, job ${turn}`, { seconds: leaseMs / 2_000 });
        await lab.inState(ref, 'succeeded');
      }
      assert.equal(lost, false, `the lock was lost by jump ${index}`);
      const { state, reason } = await lab.job(through);
      assert.deepEqual([state, reason, lab.lines(through)], ['running', null, ['start']], `jump ${index}`);
    }

    // By now the time that was told is two days ahead of the clock: leases end all the same.
    const doomed = lab.startWorker('worker-2');
    const again = { retry: { max: 3, delayMs: 1_000 }, onLost: 'retry' } as const;
    const crowd = await Promise.all(
      [1, 2, 3].map((n) => lab.submit(`crowd ${n}`, { until: 'killed', ...again })),
    );
    for (const ref of crowd) await lab.begun(ref);
    doomed.kill('SIGKILL');
    lab.go('killed');
    for (const ref of crowd) await lab.inState(ref, 'succeeded');

    over.resolve();
    await held;
    lab.go('over');
    await lab.settled();
    assert.deepEqual(
      (await lab.client().jobs.attempts(through)).items.map(({ outcome }) => outcome),
      ['succeeded'],
    );
    const { jobs } = await lab.record();
    for (const { ref } of jobs) {
      const { createdAt, startedAt, finishedAt } = await lab.job(ref);
      const times = [createdAt, startedAt ?? '', finishedAt ?? ''];
      assert.deepEqual(times, times.toSorted(), ref);
    }
    await lab.isSound();
  });
