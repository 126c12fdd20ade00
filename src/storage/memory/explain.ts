import { mayServe } from '../../core/dispatch/classes.ts';
import { type JobPlace, writeReference } from '../../core/jobs/reference.ts';
import { aheadMax, type Situation } from '../../core/jobs/why.ts';
import { handsOutInMs } from '../../core/leases/incarnation.ts';
import { nameOfWorker } from './attempts.ts';
import { lockWaitOf } from './job-locks.ts';
import { classOf, jobAt, jobOf, type State, type StoredJob, unfinished } from './state.ts';
import { atWorkOf } from './workers.ts';

export function explainJob(state: State, place: JobPlace, now: number, leaseMs: number): Situation {
  const { record, live, run, after, attempts } = jobAt(state, place);
  const last =
    record.state === 'failed' ? attempts.find(({ attempt }) => attempt === record.attempts) : undefined;
  const unmet = after
    .filter((tie) => !tie.met)
    .map((tie) => ({ tie, other: jobOf(state, tie.jobId).record }))
    .map(({ tie, other }) => ({ ref: writeReference(other), state: other.state, on: tie.on }));
  const connected = [...state.workers.values()].filter((worker) => worker.state === 'connected');
  const serving = connected.filter(
    ({ profile }) => live?.classId != null && mayServe(profile, classOf(state, live.classId)),
  );
  const ahead = unfinished(state).filter(
    (other) =>
      live?.rank != null &&
      other.live.rank !== null &&
      other.live.classId === live.classId &&
      (other.live.rank < live.rank || (other.live.rank === live.rank && other.live.id < live.id)),
  );
  return {
    job: record,
    live,
    error: last?.error ?? null,
    unmet,
    ahead: Math.min(ahead.length, aheadMax),
    servingWorkers: serving.length,
    workers: connected.length,
    worker: nameOfWorker(state, live?.workerId ?? null) ?? hostOf(run, live),
    limit: live?.classId == null ? null : limitOf(state, live.classId),
    lockWait: lockWaitOf(state, live),
    handsOutInMs: record.state === 'ready' ? handsOutInMs(now, state.restoredAt, leaseMs) : null,
  };
}

/** Where a run goes on that somebody else runs. */
function hostOf(run: StoredJob['run'], live: StoredJob['live']): string | null {
  return live?.leaseEndsAt == null ? null : (run?.facts.host ?? null);
}

function limitOf(state: State, classId: number): Situation['limit'] {
  const { limit } = classOf(state, classId);
  return limit === undefined ? null : { max: limit.max, atWork: atWorkOf(state, classId) };
}
