/**
 * Labkeep in the process of its user, by the acts that `labkeep` exports. The variant is how many jobs a claim takes
 * at once. With fewer than the concurrency, several loops ask at the same time, so that as many handlers run at once.
 */
import { version } from '../../src/cli/version.ts';
import { open } from '../../src/index.ts';
import { type Contestant, type ContestantOptions, runAsChild } from '../support/measure.ts';
import { callsOf, checkSucceeded, jobsPerCall, project, task, unfinishedStates } from './jobs.ts';
import { runInLanes } from './lanes.ts';

const claimWaitMs = 30_000;

async function inProcess({ connection, variant, concurrency }: ContestantOptions): Promise<Contestant> {
  const batch = Number(variant);
  const loops = Math.max(1, Math.floor(concurrency / batch));
  const lanes = Math.ceil(concurrency / loops);
  const labkeep = await open({ data: connection });
  const { owner } = await labkeep.createProject({ name: project });
  // The right to run jobs is looked up when they are handed out.
  await labkeep.createToken({ name: owner, role: 'contributor' });
  const closing = new AbortController();
  const working: Promise<void>[] = [];

  async function work(worker: number, onStart: () => void): Promise<void> {
    const claim = async (finished: readonly { attempt: string; epoch: number }[]) => {
      const held = finished.map(({ attempt, epoch }) => ({ attempt, epoch, state: 'finished' as const }));
      const request = { worker, capacity: batch, held, waitMs: claimWaitMs, startAtOnce: true };
      return (await labkeep.claimJobs(request, closing.signal)).offers;
    };
    let offers = await claim([]);
    while (!closing.signal.aborted) {
      await runInLanes(offers, lanes, async () => onStart());
      // Asked for together, so that the ends of these jobs and the starts of the next share a commit.
      const [, next] = await Promise.all([finish(offers), claim(offers)]);
      offers = next;
    }
  }
  async function finish(offers: readonly { attempt: string; epoch: number }[]): Promise<void> {
    if (offers.length === 0) return;
    const results = await labkeep.finishAttempts(
      offers.map(({ attempt, epoch }) => ({ attempt, epoch, outcome: 'succeeded', exitCode: 0 })),
    );
    const refused = results.find(({ applied }) => !applied);
    if (refused !== undefined) throw new Error(`${refused.attempt} did not end: ${refused.code}`);
  }

  return {
    peer: 'labkeep',
    version,
    settings: `in process, claims of ${batch} that start at once, ends reported ${batch} at a time, ${loops === 1 ? 'one loop' : `${loops} loops`}; durable, history kept`,
    async insert(count) {
      for (const jobs of callsOf(count)) await labkeep.submitJobs(project, jobs);
    },
    async submit() {
      await labkeep.submitJob(project, { task });
    },
    async startWorkers(onStart) {
      for (let n = 0; n < loops; n += 1) {
        const profile = { name: `loop-${n}`, tasks: [task], capacity: batch };
        const { worker } = await labkeep.registerWorker(profile);
        working.push(work(worker, onStart));
      }
    },
    async countUnfinished() {
      const { jobs } = await labkeep.status();
      return unfinishedStates.reduce((sum, state) => sum + (jobs[state] ?? 0), 0);
    },
    async check(count) {
      await checkSucceeded(count, (after) => labkeep.listJobs({ project, limit: jobsPerCall, after }));
    },
    async close() {
      closing.abort();
      await Promise.all(working);
      await labkeep.close();
    },
  };
}

await runAsChild(inProcess);
