import { Logger, makeWorkerUtils, type Runner, run } from 'graphile-worker';
import pg from 'pg';
import { type Contestant, type ContestantOptions, runAsChild } from '../support/measure.ts';
import { installedVersion } from './installed-version.ts';

const TASK = 'nothing';
const LOCAL_QUEUE_SIZE = 500;
const silent = new Logger(() => () => undefined);

const variants = {
  plain: { settings: 'no local queue', worker: {} },
  'local-queue': {
    settings: `localQueue ${LOCAL_QUEUE_SIZE}, completions batched without delay`,
    worker: { localQueue: { size: LOCAL_QUEUE_SIZE }, completeJobBatchDelay: 0 },
  },
};

async function graphileWorker({ connection, variant, concurrency }: ContestantOptions): Promise<Contestant> {
  if (!(variant === 'plain' || variant === 'local-queue')) throw new Error(`no variant "${variant}"`);
  const { settings, worker } = variants[variant];
  const pgPool = new pg.Pool({ connectionString: connection, max: concurrency + 2 });
  const utils = await makeWorkerUtils({ pgPool, logger: silent });
  await utils.migrate();
  let runner: Runner | undefined;
  return {
    peer: 'graphile-worker',
    version: installedVersion('graphile-worker'),
    settings: `${settings}; finished jobs are deleted, no history`,
    async insert(count) {
      await utils.addJobs(Array.from({ length: count }, (_, n) => ({ identifier: TASK, payload: { n } })));
    },
    async submit() {
      await utils.addJob(TASK, { n: 0 });
    },
    async startWorkers(onStart) {
      runner = await run({
        pgPool,
        logger: silent,
        noHandleSignals: true,
        taskList: { [TASK]: () => onStart() },
        preset: { worker: { concurrentJobs: concurrency, ...worker } },
      });
    },
    async countUnfinished() {
      const { rows } = await pgPool.query('SELECT count(*)::int AS unfinished FROM graphile_worker.jobs');
      return rows[0].unfinished;
    },
    async close() {
      await runner?.stop();
      await utils.release();
      await pgPool.end();
    },
  };
}

await runAsChild(graphileWorker);
