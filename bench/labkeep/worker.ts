/** Labkeep's own worker with one handler, over HTTP: besides the protocol, it keeps its journal and renews its lease. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { version } from '../../src/cli/version.ts';
import { createWorker, systemHost } from '../../src/worker/worker.ts';
import { addressOf, clientOf } from '../support/labkeep-home.ts';
import { type Contestant, type ContestantOptions, runAsChild } from '../support/measure.ts';
import { callsOf, checkSucceeded, jobsPerCall, project, task, unfinishedStates } from './jobs.ts';

async function ownWorker({ connection, concurrency }: ContestantOptions): Promise<Contestant> {
  const client = clientOf(connection);
  await client.projects.create({ name: project });
  const folder = join(dirname(connection), 'bench-worker');
  mkdirSync(folder, { mode: 0o700 });
  const tell = (facts: object, message: string): void => console.error(message, facts);
  const worker = createWorker({
    server: addressOf(connection),
    name: 'bench',
    capacity: concurrency,
    folder,
    environment: {},
    log: { info: () => undefined, warn: tell, error: tell },
    host: systemHost,
  });

  return {
    peer: 'labkeep',
    version,
    settings: `labkeep's worker with a handler, ${concurrency} slots, its journal on disk; the server on SQLite; durable, history kept`,
    async insert(count) {
      for (const jobs of callsOf(count)) await client.jobs.submitMany(project, jobs);
    },
    async submit() {
      await client.jobs.submit(project, { task });
    },
    async startWorkers(onStart) {
      worker.handle(task, () => {
        onStart();
        return undefined;
      });
      await worker.start();
    },
    async countUnfinished() {
      return (await client.jobs.list(project, { state: unfinishedStates, limit: jobsPerCall })).items.length;
    },
    async check(count) {
      await checkSucceeded(count, (after) => client.jobs.list(project, { limit: jobsPerCall, after }));
    },
    close: () => worker.stop(),
  };
}

await runAsChild(ownWorker);
