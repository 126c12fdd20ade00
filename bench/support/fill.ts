import type { JobRequest } from '../../src/core/jobs/specify.ts';
import { specifyJob } from '../../src/core/jobs/specify.ts';
import type { OfferedJob } from '../../src/ports/records/workers.ts';
import type { Storage } from '../../src/ports/storage.ts';

export const project = 'filled';
const owner = 'bench';
const jobsPerCall = 1_000;
/** Calls under way at once share commits. */
const callsAtOnce = 4;

export interface Filler {
  readonly worker: number;
  submit(requests: readonly JobRequest[]): Promise<void>;
  /** Hands out as many jobs as are wanted, started or only offered. */
  claim(wanted: number, startAtOnce: boolean): Promise<readonly OfferedJob[]>;
  finish(jobs: readonly OfferedJob[], outcome: (index: number) => 'succeeded' | 'failed'): Promise<void>;
}

/** The acts of one scientist and one worker on a bare storage, without a server between; the project is made if new. */
export async function fillerOf(storage: Storage): Promise<Filler> {
  const by = { principal: owner };
  const { items } = await storage.listProjects({ limit: 1, only: [project] });
  if (items.length === 0) {
    await storage.createProject({ by, name: project, title: null, directory: null, metadata: null });
    await storage.createToken({
      by,
      token: {
        id: 'bench',
        secretHash: '0'.repeat(64),
        principal: owner,
        role: 'contributor',
        project: null,
        use: 'token',
        expiresInMs: null,
      },
    });
  }
  const { worker } = await storage.registerWorker({
    profile: { name: 'bench', principal: owner, labels: {}, tasks: [], capacity: jobsPerCall, accept: [] },
  });
  return {
    worker,
    async submit(requests) {
      await storage.insertJobs({ by, project, jobs: requests.map((request) => specifyJob(request, owner)) });
    },
    async claim(wanted, startAtOnce) {
      const asked = { worker, principal: owner, capacity: wanted, held: null, startAtOnce };
      return (await storage.claimJobs(asked)).offers;
    },
    async finish(jobs, outcomeOf) {
      const attempts = jobs.map(({ attempt, epoch }, index) => {
        const outcome = outcomeOf(index);
        const exitCode = outcome === 'succeeded' ? 0 : 1;
        return { attempt, epoch, outcome, exitCode, reason: null, error: null, outputs: [] };
      });
      await storage.finishAttempts({ principal: owner, attempts });
    },
  };
}

/** Submits jobs and runs them to their ends, one in a hundred to failure. */
export async function fillFinished(
  filler: Filler,
  count: number,
  requestOf: (n: number) => JobRequest,
): Promise<void> {
  const froms = Array.from(
    { length: Math.ceil(count / jobsPerCall) },
    (_, call) => call * jobsPerCall,
  ).values();
  const loop = async (): Promise<void> => {
    for (const from of froms) {
      const size = Math.min(jobsPerCall, count - from);
      await filler.submit(Array.from({ length: size }, (_, n) => requestOf(from + n)));
      const jobs = await filler.claim(size, true);
      await filler.finish(jobs, (index) => (index % 100 === 99 ? 'failed' : 'succeeded'));
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, loop));
}
