import { type JobClass, mayServe } from '../../../core/dispatch/classes.ts';
import { type JobPlace, writeReference } from '../../../core/jobs/reference.ts';
import { aheadMax, type Situation } from '../../../core/jobs/why.ts';
import { listAbilities } from '../locks/standing.ts';
import {
  dependencyKind,
  integer,
  integerOrNull,
  json,
  liveOf,
  recordOf,
  stateOf,
  text,
  textOrNull,
} from '../rows.ts';
import { type Script, select, selectOne } from '../script.ts';
import { jobRow } from './job-row.ts';
import { lockWaitOf } from './lock-wait.ts';

/** All that `why` needs to know of one job, but for the time: `restoredAt`, if that keeps a ready job waiting. */
export function* explainJob(
  place: JobPlace,
): Script<Omit<Situation, 'handsOutInMs'> & { readonly restoredAt: number | null }> {
  const row = yield* jobRow(place);
  const job = recordOf(row, place.project);
  const liveRow = yield* selectOne('find-live', job.id);
  const live = liveRow === undefined ? null : liveOf(liveRow);
  const dependencies = yield* select('list-dependencies', job.id);
  const workers = yield* listAbilities();
  const classRow = live?.classId == null ? undefined : yield* selectOne('find-class', live.classId);
  const it = classRow === undefined ? null : json<JobClass>(classRow.body);
  const serving = workers.filter((worker) => it !== null && mayServe(worker, it)).length;
  const ahead =
    live?.rank == null || live.classId === null
      ? 0
      : integer((yield* selectOne('count-ahead', live.classId, live.rank, live.id, aheadMax))?.ahead);
  const holder = live?.workerId == null ? undefined : yield* selectOne('find-worker', live.workerId);
  const recorder = live?.leaseEndsAt == null ? undefined : yield* selectOne('find-run', job.id);
  const last = job.state === 'failed' ? yield* selectOne('find-attempt', job.id, job.attempts) : undefined;
  return {
    job,
    live,
    error: textOrNull(last?.error),
    unmet: dependencies
      .filter((dependency) => dependency.met === 0)
      .map((dependency) => ({
        ref: writeReference({ project: text(dependency.project), number: text(dependency.number) }),
        state: stateOf(dependency.live_state ?? dependency.state),
        on: dependencyKind(dependency.kind),
      })),
    ahead,
    servingWorkers: serving,
    workers: workers.length,
    worker: textOrNull(holder?.name ?? recorder?.host),
    limit: live?.classId == null ? null : yield* limitOf(live.classId, it),
    lockWait: yield* lockWaitOf(live, it),
    restoredAt:
      job.state === 'ready' ? integerOrNull((yield* selectOne('find-restored-at'))?.restored_at) : null,
  };
}

function* limitOf(classId: number, it: JobClass | null): Script<Situation['limit']> {
  if (it?.limit === undefined) return null;
  const counts = yield* select('count-at-work');
  const counted = counts.find((row) => row.class_id === classId);
  return { max: it.limit.max, atWork: counted === undefined ? 0 : integer(counted.jobs) };
}
