/** A backup is put in the place of the record while workers of before are at work. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { Lab } from './lab.ts';

const postgres = sharedPostgres();
const unavailable = { sqlite: undefined, postgres: postgresUnavailable() };

for (const storage of ['sqlite', 'postgres'] as const)
  test(`${storage}: a record restored under old workers believes none of their reports, and does nothing beside them`, {
    skip: unavailable[storage],
    timeout: 240_000,
  }, async (t) => {
    const elsewhere = async (): Promise<{ readonly storage?: string }> =>
      storage === 'sqlite' ? {} : { storage: await postgres.freshDatabase('restore') };
    const lab = await Lab.open(t, await elsewhere());
    const worker = lab.startWorker('worker-1');
    const again = { retry: { max: 2, delayMs: 0 } };
    const ended = await lab.submit('ended before');
    await lab.inState(ended, 'succeeded');
    const failing = await lab.submit('fails when lost', { until: 'told', onLost: 'fail' });
    const asking = await lab.submit('asks when lost', { until: 'told', onLost: 'ask' });
    const repeated = await lab.submit('repeated when lost', {
      until: 'cancelled',
      onLost: 'retry',
      ...again,
    });
    for (const ref of [failing, asking, repeated]) await lab.begun(ref);
    const given = Math.max(...(await epochsOf(lab)));

    const backup = lab.home.path('lab.backup');
    const from = lab.storage === null ? [] : ['--storage', lab.storage];
    const backedUp = await lab.home.run(['backup', backup, '--data', lab.data, ...from]);
    assert.equal(backedUp.code, 0, backedUp.stderr);
    // What comes after it is known to the workers only.
    const since = await lab.submit('since the backup', { onLost: 'retry', ...again });
    await lab.inState(since, 'succeeded');
    const locks = ['alpha:exclusive'];
    const atWork = await lab.submit('since the backup, and at work', { locks, until: 'cancelled' });
    await lab.begun(atWork);
    lab.acknowledged.splice(-2);

    // The worker stands still, so nobody can tell it to end anything; its supervisors go on by themselves.
    worker.kill('SIGSTOP');
    await lab.server.stop('SIGKILL');
    lab.storage = (await elsewhere()).storage ?? null;
    const to = lab.storage === null ? [] : ['--storage', lab.storage];
    const restored = await lab.home.run(['restore', backup, '--data', lab.data, ...to]);
    assert.equal(restored.code, 0, restored.stderr);
    await lab.startServer();
    const lock = await lab.labkeep('lock', 'run', 'alpha:shared', '--', 'true');
    assert.equal(lock.code, 6);
    assert.match(
      lock.stderr,
      /^labkeep: The storage was restored, or failed over, a moment ago; locks are given again in \d+ s\.\n/,
    );
    lab.startWorker('worker-2');
    // A second time: only when nothing of the first runs any more, which the ledger tells (`beside`).
    await lab.begun(repeated, 2);
    assert.deepEqual(lab.lines(repeated), ['start', 'start']);
    worker.kill('SIGCONT');
    lab.go('told');

    assert.equal((await lab.inState(failing, 'failed')).reason, 'restored');
    await lateOf(lab, failing);
    assert.equal(
      (await lab.inState(asking, 'lost')).reason,
      'restored',
      'only a person may say what became of it',
    );
    await lateOf(lab, asking);
    const { code, stderr } = await lab.labkeep('resolve', asking, 'succeeded');
    assert.equal(code, 0, stderr);
    await lab.client().jobs.act(repeated, 'cancel');
    await lab.inState(repeated, 'cancelled');
    const next = await lab.submit('after the restore', { locks });
    await lab.inState(next, 'succeeded');
    assert.ok(![since, atWork].includes(next), 'no number that somebody has seen is given again');
    const [epoch = 0] = (await lab.client().jobs.attempts(next)).items.map((it) => it.epoch);
    assert.ok(epoch > given, 'epochs are above all that were given before');
    assert.equal(lab.lines(failing).filter((what) => what === 'start').length, 1);
    assert.equal(lab.lines(asking).filter((what) => what === 'start').length, 1);
    await lab.isSound({ only });
  });

/** What can be said where the record has forgotten a part of what happened, and its events begin anew. */
const only = [
  'every acknowledged job is there, and no other',
  'every job is final',
  'no attempt was started twice',
  'no attempt ran beside another of its job',
  'nobody was let in beside a holder that is to be alone',
];

async function epochsOf(lab: Lab): Promise<readonly number[]> {
  const all = await Promise.all(lab.acknowledged.map(({ ref }) => lab.client().jobs.attempts(ref)));
  return all.flatMap(({ items }) => items.map(({ epoch }) => epoch));
}

/** Until a person sees the late report on the job, and that it changed nothing. */
async function lateOf(lab: Lab, ref: string): Promise<void> {
  const before = await lab.job(ref);
  await lab.reportedLate(ref);
  const { stdout } = await lab.labkeep('show', ref);
  assert.match(stdout, /late/i);
  assert.equal((await lab.job(ref)).state, before.state);
}
