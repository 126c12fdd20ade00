/** Labkeep in the process of another program. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Fault, open } from 'labkeep';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'labkeep-open-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const postgres = sharedPostgres();

/** One job from submission to its end, without a server. */
async function runOneJob(data: string): Promise<void> {
  const labkeep = await open({ data });
  try {
    await labkeep.createProject({ name: 'toxd' });
    const [job] = await labkeep.submitJobs('toxd', [{ command: ['refine', 'in.mtz'] }]);
    assert.deepEqual([job?.number, job?.state], ['1', 'ready']);
    const { worker } = await labkeep.registerWorker({ name: 'embedded' });
    const { offers } = await labkeep.claimJobs({
      worker,
      capacity: 1,
      held: [],
      waitMs: 0,
      startAtOnce: true,
    });
    const [offer] = offers;
    assert.ok(offer);
    const results = await labkeep.finishAttempts([
      { attempt: offer.attempt, epoch: offer.epoch, outcome: 'succeeded', exitCode: 0 },
    ]);
    assert.deepEqual(
      results.map(({ applied }) => applied),
      [true],
    );
    const { items } = await labkeep.listJobs({ project: 'toxd', limit: 10 });
    assert.deepEqual(
      items.map(({ number, state }) => [number, state]),
      [['1', 'succeeded']],
    );
  } finally {
    await labkeep.close();
  }
}

test('in memory, a job is submitted, claimed and finished', () => runOneJob(':memory:'));

test('in a data folder, which no two hold at the same time, and which keeps what was done', async () => {
  const data = join(folder, 'data');
  await runOneJob(data);
  const first = await open({ data });
  await assert.rejects(open({ data }), (error) => error instanceof Fault && error.code === 'data_held');
  assert.equal((await first.getJob({ project: 'toxd', number: '1' })).state, 'succeeded');
  await first.close();
  await first.close();
  const second = await open({ data });
  await second.close();
});

test('in PostgreSQL', { skip: postgresUnavailable() }, async () => {
  await runOneJob(await postgres.freshDatabase('open'));
});

test('what is refused is a fault with a code', async () => {
  const labkeep = await open({ data: ':memory:' });
  await assert.rejects(
    labkeep.getProject('nix'),
    (error) => error instanceof Fault && error.code === 'project_unknown',
  );
  await labkeep.close();
});
