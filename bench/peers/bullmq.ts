import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { type Contestant, type ContestantOptions, runAsChild } from '../support/measure.ts';
import { installedVersion } from './installed-version.ts';

const QUEUE = 'nothing';
const BULK_SIZE = 1000;

async function bullmq({ connection, concurrency }: ContestantOptions): Promise<Contestant> {
  const redis = new Redis(connection, { maxRetriesPerRequest: null });
  const queue = new Queue(QUEUE, { connection: redis });
  await queue.waitUntilReady();
  const configured: unknown = await redis.config('GET', 'appendfsync');
  const appendfsync = Array.isArray(configured) ? configured[1] : 'unknown';
  let worker: Worker | undefined;
  return {
    peer: 'bullmq',
    version: installedVersion('bullmq'),
    settings: `Redis append-only file, appendfsync ${appendfsync}; finished jobs kept, in memory`,
    async insert(count) {
      for (let from = 0; from < count; from += BULK_SIZE) {
        const size = Math.min(BULK_SIZE, count - from);
        await queue.addBulk(Array.from({ length: size }, (_, n) => ({ name: QUEUE, data: { n: from + n } })));
      }
    },
    async submit() {
      await queue.add(QUEUE, { n: 0 });
    },
    async startWorkers(onStart) {
      worker = new Worker(QUEUE, async () => onStart(), { connection: redis, concurrency });
      await worker.waitUntilReady();
    },
    async countUnfinished() {
      return await queue.getJobCountByTypes('wait', 'active', 'delayed', 'prioritized');
    },
    async close() {
      await worker?.close();
      await queue.close();
      redis.disconnect();
    },
  };
}

await runAsChild(bullmq);
