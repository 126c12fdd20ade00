/**
 * Labkeep over HTTP: one or more servers in processes of their own, and here a client, which submits, and the connection of a worker,
 * which asks, confirms, runs and reports as docs/protocols/http.md has it. The variant is BATCH/LOOPS: how many jobs a loop takes at once, and how many loops;
 * with several servers the loops are spread over them.
 */
import { version } from '../../src/cli/version.ts';
import { connect } from '../../src/worker/client-connection.ts';
import type { WorkerConnection } from '../../src/worker/connection.ts';
import { addressOf, clientOf } from '../support/labkeep-home.ts';
import { type Contestant, type ContestantOptions, runAsChild } from '../support/measure.ts';
import { foldersOf } from '../support/servers.ts';
import { callsOf, checkSucceeded, jobsPerCall, project, task, unfinishedStates } from './jobs.ts';
import { runInLanes } from './lanes.ts';

const claimWaitMs = 30_000;
const callMsMax = 30_000;

async function overHttp({ connection, variant, concurrency }: ContestantOptions): Promise<Contestant> {
  const [batch = 1, loops = 1] = variant.split('/').map(Number);
  const lanes = Math.ceil(concurrency / loops);
  const folders = foldersOf(connection);
  const [first = ''] = folders;
  const client = clientOf(first);
  const { storage } = await client.health();
  const asWorkers = folders.map((folder) => connect(addressOf(folder)));
  await client.projects.create({ name: project });
  const closing = new AbortController();
  const limits = { signal: closing.signal, timeoutMs: callMsMax };
  const working: Promise<void>[] = [];

  async function work(asWorker: WorkerConnection, worker: string, onStart: () => void): Promise<void> {
    while (!closing.signal.aborted) {
      const request = { worker, capacity: batch, held: [], waitMs: claimWaitMs };
      const { offers } = await asWorker.claim(request, limits);
      if (offers.length === 0) continue;
      const attempts = offers.map(({ attempt, epoch }) => ({ attempt, epoch }));
      const { start } = await asWorker.confirm({ worker, attempts }, limits);
      await runInLanes(start, lanes, async () => onStart());
      const ended = new Set(start);
      const finished = attempts
        .filter(({ attempt }) => ended.has(attempt))
        .map((it) => ({ ...it, outcome: 'succeeded' as const, exitCode: 0 }));
      const { results } = await asWorker.finish({ attempts: finished }, limits);
      const refused = results.find(({ applied }) => !applied);
      if (refused !== undefined) throw new Error(`${refused.attempt} did not end: ${refused.code}`);
    }
  }
  async function workUntilClosed(...given: Parameters<typeof work>): Promise<void> {
    try {
      await work(...given);
    } catch (error) {
      if (!closing.signal.aborted) throw error;
    }
  }

  return {
    peer: 'labkeep',
    version,
    settings: `over HTTP on loopback, ${folders.length === 1 ? 'the server' : `${folders.length} servers`} on ${storage}; ${loops === 1 ? 'one loop' : `${loops} loops`} of claim, confirm, finish, ${batch} at a time; durable, history kept`,
    async insert(count) {
      for (const jobs of callsOf(count)) await client.jobs.submitMany(project, jobs);
    },
    async submit() {
      await client.jobs.submit(project, { task });
    },
    async startWorkers(onStart) {
      for (let n = 0; n < loops; n += 1) {
        const profile = { name: `loop-${n}`, tasks: [task], capacity: batch };
        const asWorker = asWorkers[n % asWorkers.length];
        if (asWorker === undefined) throw new Error('there is no server');
        const { worker } = await asWorker.register(profile, limits);
        working.push(workUntilClosed(asWorker, worker, onStart));
      }
    },
    async countUnfinished() {
      return (await client.jobs.list(project, { state: unfinishedStates, limit: jobsPerCall })).items.length;
    },
    async check(count) {
      await checkSucceeded(count, (after) => client.jobs.list(project, { limit: jobsPerCall, after }));
    },
    async close() {
      closing.abort();
      await Promise.all(working);
    },
  };
}

await runAsChild(overHttp);
