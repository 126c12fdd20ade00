/** A job that holds locks: what its program is told, and its end before the lease. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseVariables } from '../../src/worker/database-variables.ts';
import { systemHost } from '../../src/worker/worker.ts';
import { until } from '../support/until.ts';
import { Bench } from './support/bench.ts';
import { killWorker, spawnWorker } from './support/spawned-worker.ts';

const embl = { path: 'embl', mode: 'shared', release: '145', directory: '/data/embl' } as const;
const chado = { path: 'chado/curation', mode: 'exclusive', release: null, directory: null } as const;

test('a program finds the folder and the release of each database, and the epoch of its locks', async (t) => {
  const bench = await Bench.open(t);
  const script = 'env | grep -E "^LABKEEP_(DB|LOCK)" | sort > "$BENCH_FOLDER/variables"';
  const job = bench.server.submit({
    command: ['sh', '-c', script],
    environment: { LABKEEP_DB_EMBL: '/forged' },
    databases: [chado, embl],
  });
  await bench.started();
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
  assert.deepEqual(bench.lines('variables'), [
    'LABKEEP_DB_EMBL=/data/embl',
    'LABKEEP_DB_EMBL_RELEASE=145',
    `LABKEEP_LOCK_EPOCH=${job.epoch}`,
  ]);
});

test('names become variables in capitals; of several locks in one database the first counts', () => {
  const held = (path: string, release: string) => ({
    ...{ path, mode: 'shared' as const, release },
    directory: `/db/${path}`,
  });
  const databases = [held('nr.v2/2026-09', '2026-09'), held('nr.v2/2026-10', '2026-10')];
  assert.deepEqual(databaseVariables({ epoch: 7, databases }), {
    LABKEEP_LOCK_EPOCH: '7',
    LABKEEP_DB_NR_V2: '/db/nr.v2/2026-09',
    LABKEEP_DB_NR_V2_RELEASE: '2026-09',
  });
  assert.deepEqual(databaseVariables({ epoch: 7 }), {});
});

for (const isKilled of [false, true])
  test(`what holds locks is gone before the lease ends, ${isKilled ? 'also without its worker' : 'whatever its policy'}`, async (t) => {
    const leaseMs = 9_000;
    const bench = await Bench.open(t, { leaseMs });
    const sleeping = (job: { ref: string }, seconds: number) =>
      bench.processes().some(({ command }) => command.startsWith(`sleep ${seconds}`)) && job.ref !== '';
    const locking = bench.server.submit({ command: ['sleep', '1001'], onLost: 'fail', databases: [embl] });
    const free = bench.server.submit({ command: ['sleep', '1002'], onLost: 'fail' });
    let away = false;
    let lastRenewalAt = 0;
    bench.server.judge = ({ verb }) => {
      if (away) return 'lose_request';
      if (verb === 'renew' || verb === 'register') lastRenewalAt = systemHost.bootMs();
      return 'answer';
    };
    const settings = { capacity: 2, limits: { killAfterMs: 300 } };
    const child = isKilled ? await spawnWorker(bench, settings) : null;
    if (child === null) await bench.started(settings);
    await until('the commands', () => sleeping(locking, 1001) && sleeping(free, 1002));
    if (child === null) away = true;
    else await killWorker(child);
    const endsAt = lastRenewalAt + leaseMs;
    let lookedAt = 0;
    await until('the end of the one with locks', () => {
      lookedAt = systemHost.bootMs();
      return !sleeping(locking, 1001);
    });
    assert.ok(lookedAt < endsAt, 'it ended after the lease');
    assert.ok(sleeping(free, 1002), 'what holds nothing goes on');
    for (const { pid, command } of bench.processes())
      if (command.startsWith('sleep 1002')) process.kill(pid, 'SIGKILL');
  });
