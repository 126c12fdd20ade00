import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultDurations } from '../../src/core/leases/durations.ts';
import { addressOf, clientOf, LabkeepHome } from '../support/labkeep-home.ts';
import { commandTwice, stampOf } from './stamps.ts';
import { WorkerProcess } from './worker-process.ts';

const project = 'recovery';
const startMsMax = 60_000;

/**
 * Workers with a job each are killed; one that waits has room for all of them. For each the time (ms) from its end to the
 * start of its job there. Null is the lease that servers have by themselves.
 */
export async function killWorkers(wishedLeaseMs: number | null, victims: number): Promise<readonly number[]> {
  const leaseMs = wishedLeaseMs ?? defaultDurations.leaseMs;
  await using started = new AsyncDisposableStack();
  const scratch = mkdtempSync(join(tmpdir(), 'labkeep-bench-'));
  started.defer(() => rmSync(scratch, { recursive: true }));
  const home = started.use(new LabkeepHome(wishedLeaseMs === null ? {} : { leaseMs }));
  await home.start();
  const client = clientOf(home.folder);
  const { url, token } = addressOf(home.folder);
  await client.projects.create({ name: project });
  const start = async (name: string, slots: number): Promise<WorkerProcess> => {
    const worker = started.use(new WorkerProcess({ name, slots, urls: [url], token }));
    await worker.registered(client);
    return worker;
  };

  const workers = await Promise.all(
    Array.from({ length: victims }, (_, index) => start(`victim-${index}`, 1)),
  );
  const jobs = await Promise.all(
    workers.map(async (_, index) => {
      const file = join(scratch, `stamps-${index}`);
      const { ref } = await client.jobs.submit(project, { command: commandTwice(file), onLost: 'retry' });
      return { file, ref };
    }),
  );
  for (const { file } of jobs) await stampOf(file, 1, startMsMax);
  await start('other', victims);

  const killed = new Map<string, number>();
  for (const worker of workers) {
    // Renewals come every third of a lease: each is killed at another moment between two of them.
    await delay((Math.random() * leaseMs) / 3 / victims);
    killed.set(worker.name, await worker.kill9());
  }
  return await Promise.all(
    jobs.map(async ({ file, ref }) => {
      const again = await stampOf(file, 2, leaseMs + startMsMax);
      const { items } = await client.jobs.attempts(ref);
      const killedAt = killed.get(items[0]?.worker ?? '');
      if (killedAt === undefined || items.length !== 2)
        throw new Error(`${ref} was tried ${items.length} times, first by ${items[0]?.worker}`);
      return again - killedAt;
    }),
  );
}
