/** Somebody else has a transaction open, so no version of any row goes away: what a job costs must not grow with each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { open } from '../../src/index.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';

const postgres = sharedPostgres();
const task = 'count';
const before = 200;
const counted = 100;
/** Of either table, for a job: submitted, claimed, confirmed, ended. What grew with each would be at hundreds by now. */
const pagesMax = 80;

test('claims and commits look past rows that nobody can remove', {
  skip: postgresUnavailable() ?? false,
}, async () => {
  const url = await postgres.freshDatabase('horizon');
  const labkeep = await open({ data: url });
  const { owner } = await labkeep.createProject({ name: 'toxd' });
  await labkeep.createToken({ name: owner, role: 'contributor' });
  const { worker } = await labkeep.registerWorker({ name: 'w', tasks: [task], capacity: 1 });
  const stranger = await connected(url);
  await stranger.query('begin isolation level repeatable read; select pg_current_xact_id()');
  const watcher = await connected(url);
  // Some always wait, as where there is more to do than workers can.
  await labkeep.submitJobs(
    'toxd',
    Array.from({ length: counted }, () => ({ task })),
  );

  const never = new AbortController().signal;
  const playRounds = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      await labkeep.submitJobs('toxd', [{ task }]);
      const { offers } = await labkeep.claimJobs({ worker, capacity: 1, held: [], waitMs: 0 }, never);
      const attempts = offers.map(({ attempt, epoch }) => ({ attempt, epoch }));
      assert.equal(attempts.length, 1);
      await labkeep.confirmAttempts({ worker, attempts });
      await labkeep.finishAttempts(attempts.map((it) => ({ ...it, outcome: 'succeeded', exitCode: 0 })));
    }
  };
  await playRounds(before);
  const from = await pagesSeen(watcher, before);
  await playRounds(counted);
  const to = await pagesSeen(watcher, before + counted);
  await Promise.all([stranger.end(), watcher.end(), labkeep.close()]);
  for (const table of ['classes', 'counters'] as const)
    assert.ok(
      to[table] - from[table] < pagesMax * counted,
      `${table}: ${to[table] - from[table]} pages for ${counted} jobs`,
    );
});

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Pages of both tables that were looked at so far; asked again until what is known goes as far as so many ended jobs. */
async function pagesSeen(
  watcher: pg.Client,
  ended: number,
): Promise<{ readonly classes: number; readonly counters: number }> {
  for (;;) {
    const { rows } = await watcher.query<{ ended: string; classes: string; counters: string }>(
      `select (select n_tup_ins from pg_stat_user_tables where relname = 'attempts' and schemaname = 'labkeep') as ended,
         sum(pages) filter (where relname = 'classes') as classes,
         sum(pages) filter (where relname = 'server_state') as counters
       from (select relname, heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0) as pages
         from pg_statio_user_tables where schemaname = 'labkeep') as seen`,
    );
    const [row] = rows;
    if (row !== undefined && Number(row.ended) >= ended)
      return { classes: Number(row.classes), counters: Number(row.counters) };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
