import type { AttemptRecord } from '../../core/jobs/job.ts';
import { knownFacts } from '../../core/jobs/record.ts';
import type { State, StoredJob } from './state.ts';

/** Those that have ended, and the one that runs. */
export function attemptsOf(state: State, { attempts, live, run }: StoredJob): readonly AttemptRecord[] {
  if (live === null || live.epoch === null || live.state === 'offered') return attempts;
  const current: AttemptRecord = {
    jobId: live.id,
    attempt: live.attempt,
    epoch: live.epoch,
    workerId: live.workerId,
    worker: nameOfWorker(state, live.workerId),
    startedAt: live.startedAt,
    finishedAt: null,
    outcome: null,
    exitCode: null,
    reason: null,
    error: null,
    run: run?.facts ?? factsOfWorker(state, live.workerId),
  };
  return [...attempts, current];
}

/** The last attempt that has started; undefined if none has. */
export function lastAttempt(state: State, job: StoredJob): AttemptRecord | undefined {
  return attemptsOf(state, job).find(({ attempt }) => attempt === job.record.attempts);
}

function factsOfWorker(state: State, id: number | null): AttemptRecord['run'] {
  const { host = null, account = null } = state.workers.get(id ?? 0)?.profile ?? {};
  return knownFacts({ host, account, executable: null, version: null });
}

export function nameOfWorker(state: State, id: number | null): string | null {
  return id === null ? null : (state.workers.get(id)?.profile.name ?? null);
}
