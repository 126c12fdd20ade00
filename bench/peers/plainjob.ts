import { join } from 'node:path';
import Database from 'better-sqlite3';
import { better, defineQueue, defineWorker, JobStatus } from 'plainjob';
import { type Contestant, type ContestantOptions, runAsChild } from '../support/measure.ts';
import { installedVersion } from './installed-version.ts';

const TYPE = 'nothing';
const ignored = () => undefined;
const silent = { error: console.error, warn: console.error, info: ignored, debug: ignored };

async function plainjob({ connection, concurrency }: ContestantOptions): Promise<Contestant> {
  const database = new Database(join(connection, 'jobs.db'));
  const queue = defineQueue({ connection: better(database), logger: silent });
  const workers: ReturnType<typeof defineWorker>[] = [];
  return {
    peer: 'plainjob',
    version: installedVersion('plainjob'),
    settings: `better-sqlite3 ${installedVersion('better-sqlite3')}, WAL, synchronous=NORMAL (a power cut may lose commits), polls each second; history kept`,
    pollMs: 1000,
    async insert(count) {
      queue.addMany(
        TYPE,
        Array.from({ length: count }, (_, n) => ({ n })),
      );
    },
    async submit() {
      queue.add(TYPE, { n: 0 });
    },
    // One worker runs one job at a time.
    async startWorkers(onStart) {
      for (let n = 0; n < concurrency; n += 1) {
        const worker = defineWorker(TYPE, () => onStart(), { queue, logger: silent });
        workers.push(worker);
        void worker.start();
      }
    },
    async countUnfinished() {
      return [JobStatus.Pending, JobStatus.Processing]
        .map((status) => queue.countJobs({ type: TYPE, status }))
        .reduce((sum, count) => sum + count, 0);
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      queue.close();
    },
  };
}

await runAsChild(plainjob);
