/** Bugs that are put in on purpose: the simulation is worth something only if it finds them. */
import { readAttempt, writeAttempt } from '../../src/core/jobs/reference.ts';
import { limitPassed } from '../../src/core/jobs/steps.ts';
import type { Durations } from '../../src/core/leases/durations.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AttemptClaim } from '../../src/ports/records/workers.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { project } from './lab.ts';
import { replacing } from './store.ts';

export interface Plant {
  readonly name: string;
  /** The storage as it would be with the bug. */
  readonly storage?: (storage: Storage, clock: Clock) => Storage;
  readonly durations?: Partial<Durations>;
}

/** A report is believed whatever epoch it carries. */
const noEpochCheck: Plant = {
  name: 'no epoch check',
  storage: (storage) =>
    replacing(storage, {
      finishAttempts: async ({ principal, attempts }) => {
        const believed = await Promise.all(
          attempts.map(async (report) => ({ ...report, ...(await currentOf(storage, report)) })),
        );
        return storage.finishAttempts({ principal, attempts: believed });
      },
    }),
};

/** Whatever runs for long is taken for lost, though its lease is renewed. */
const ageBasedRescue: Plant = {
  name: 'age-based rescue',
  storage: (storage, clock) =>
    replacing(storage, {
      sweep: async () => {
        const { items: workers } = await storage.listWorkers({ limit: 100 });
        const running = await runningAttempts(storage);
        for (const { id, principal, state } of workers) {
          const its = running.filter(({ workerId }) => workerId === id);
          const young = its.filter(({ startedAt }) => (startedAt ?? 0) > clock.now() - 30_000);
          if (state === 'connected' && young.length < its.length)
            await storage.claimJobs({
              worker: id,
              principal,
              capacity: 0,
              held: young.map(({ claim }) => ({ ...claim, state: 'running' })),
            });
        }
        return storage.sweep();
      },
    }),
};

/** A worker is told to start what was never written down as started. */
const confirmLost: Plant = {
  name: 'confirm lost',
  storage: (storage) => {
    let confirms = 0;
    return replacing(storage, {
      confirmAttempts: async (params) => {
        confirms += 1;
        if (confirms % 7 !== 0) return storage.confirmAttempts(params);
        return { start: params.attempts.map(({ attempt }) => attempt), refused: [] };
      },
    });
  },
};

/** An event is left out now and then. */
const eventGap: Plant = {
  name: 'event gap',
  storage: (storage) =>
    replacing(storage, {
      listEvents: async (params) => {
        const page = await storage.listEvents(params);
        return { ...page, items: page.items.filter(({ sequence }) => sequence % 41 !== 0) };
      },
    }),
};

/** Leases are judged by the clock alone, also after a time in which nobody could renew them. */
const noGapRule: Plant = { name: 'no gap rule', durations: { sweepMs: 1e12 } };

/** What is over its time limit counts as ended at that instant, whatever its command does. */
const limitEnds: Plant = {
  name: 'limit ends',
  storage: (storage) =>
    replacing(storage, {
      sweep: async () => {
        const swept = await storage.sweep();
        const { items: workers } = await storage.listWorkers({ limit: 100 });
        for (const { claim, workerId, isOverTime } of await runningAttempts(storage)) {
          const principal = workers.find(({ id }) => id === workerId)?.principal;
          if (!isOverTime || principal === undefined) continue;
          const report = { exitCode: null, reason: null, error: null, outputs: [] };
          await storage.finishAttempts({ principal, attempts: [{ ...claim, outcome: 'failed', ...report }] });
        }
        return swept;
      },
    }),
};

export const plants: readonly Plant[] = [
  noEpochCheck,
  ageBasedRescue,
  confirmLost,
  eventGap,
  noGapRule,
  limitEnds,
];

async function runningAttempts(storage: Storage) {
  const { items: jobs } = await storage.listJobs({ project, states: ['running'], limit: 100 });
  const found = [];
  for (const job of jobs) {
    const { id, project: of, number } = job;
    const last = (await storage.listAttempts({ project: of, number })).at(-1);
    if (last !== undefined && last.finishedAt === null)
      found.push({
        ...last,
        claim: { attempt: writeAttempt(id, last.attempt), epoch: last.epoch },
        isOverTime: limitPassed(job) !== null,
      });
  }
  return found;
}

async function currentOf(storage: Storage, { attempt, epoch }: AttemptClaim): Promise<AttemptClaim> {
  const jobId = readAttempt(attempt)?.jobId;
  const running = await runningAttempts(storage);
  return running.find((it) => it.jobId === jobId)?.claim ?? { attempt, epoch };
}
