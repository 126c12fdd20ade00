import { PgBoss } from 'pg-boss';
import { type Contestant, type ContestantOptions, runAsChild } from '../support/measure.ts';
import { installedVersion } from './installed-version.ts';

const QUEUE = 'nothing';
const BATCH_SIZE = 100;

async function pgBoss({ connection, concurrency }: ContestantOptions): Promise<Contestant> {
  const boss = new PgBoss({ connectionString: connection, useListenNotify: true, max: concurrency + 2 });
  boss.on('error', (error) => {
    throw error;
  });
  await boss.start();
  await boss.createQueue(QUEUE, { notify: true });
  return {
    peer: 'pg-boss',
    version: installedVersion('pg-boss'),
    settings: `notify, batches of ${BATCH_SIZE} fetched without a pause while they come back full; history kept`,
    async insert(count) {
      await boss.insert(
        QUEUE,
        Array.from({ length: count }, (_, n) => ({ data: { n } })),
      );
    },
    async submit() {
      await boss.send(QUEUE, { n: 0 });
    },
    async startWorkers(onStart) {
      const options = {
        batchSize: BATCH_SIZE,
        localConcurrency: concurrency,
        burstWhenBatchFull: true,
        pollingIntervalSeconds: 0.5,
      };
      await boss.work(QUEUE, options, async (jobs) => {
        for (const _ of jobs) onStart();
      });
    },
    async countUnfinished() {
      const { rows } = await boss
        .getDb()
        .executeSql(
          `SELECT count(*)::int AS unfinished FROM pgboss.job WHERE name = $1 AND state < 'completed'`,
          [QUEUE],
        );
      return rows[0].unfinished;
    },
    async close() {
      await boss.stop({ graceful: false });
    },
  };
}

await runAsChild(pgBoss);
