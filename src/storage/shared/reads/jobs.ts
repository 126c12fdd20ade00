import { type JobClass, mayServe } from '../../../core/dispatch/classes.ts';
import { Fault } from '../../../core/faults.ts';
import { childrenIn } from '../../../core/jobs/gather.ts';
import {
  type AttemptRecord,
  attemptOutcomes,
  type Counts,
  type FileRecord,
  filesShown,
  type JobDetails,
  type JobRecord,
  type LateReport,
  lateReportsShown,
  type RunFacts,
} from '../../../core/jobs/job.ts';
import { shownChunks } from '../../../core/jobs/log-run.ts';
import { knownFacts } from '../../../core/jobs/record.ts';
import { type JobPlace, writeReference } from '../../../core/jobs/reference.ts';
import { isFinal, type JobState } from '../../../core/jobs/states.ts';
import type { Situation } from '../../../core/jobs/why.ts';
import { lockKinds } from '../../../core/locks/wishes.ts';
import type { FinishedAttempt, JobCounts, ListJobs, LogChunk, Page } from '../../../ports/storage.ts';
import { childrenOf } from '../apply-steps.ts';
import { documentFrom } from '../document.ts';
import { listAbilities } from '../locks/standing.ts';
import {
  bytes,
  dependencyKind,
  integer,
  integerOrNull,
  json,
  liveOf,
  oneOf,
  recordOf,
  stateOf,
  text,
  textOrNull,
} from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { shelvesOf } from '../select/sources.ts';
import { fileRecords } from './files.ts';
import { lockWaitOf } from './lock-wait.ts';
import { numericKey, pageOf, position, writeKey } from './position.ts';
import { projectIdOf } from './project.ts';

const farthest = Number.MAX_SAFE_INTEGER;

/**
 * Jobs of a project, or the children of one job, by the order of their creation. Every statement used here walks one index in that order, so a
 * page costs the same at any size; states that are kept in different indexes are read one by one and merged.
 */
export function* listJobs(it: ListJobs): Script<Page<JobRecord>> {
  const asOf = yield* position();
  const projectId = yield* projectIdOf(it.project);
  const newest = it.newestFirst === true;
  const after = it.after === undefined && newest ? farthest : numericKey(it.after);
  const order = newest ? 'newest' : 'oldest';
  const parentId = yield* parentIdOf(projectId, it.parent);
  const [kin, of] = parentId === null ? ['jobs', projectId] : ['children', parentId];
  const rows: Row[] = [];
  if (it.states === undefined || it.states.length === 0) {
    rows.push(...(yield* select(`list-${kin}-${order}`, of, after, it.limit + 1)));
  } else {
    for (const state of new Set(it.states))
      for (const shelf of shelvesOf(state))
        rows.push(...(yield* select(`list-${kin}-${shelf}-${order}`, of, state, after, it.limit + 1)));
    rows.sort((a, b) => (newest ? -1 : 1) * (integer(a.id) - integer(b.id)));
  }
  return pageOf(
    rows,
    it.limit,
    asOf,
    (row) => recordOf(row, it.project),
    (row) => writeKey(integer(row.id)),
  );
}

/** How many jobs of a project, outside the trash, are in which state. */
export function* countJobs(project: string): Script<JobCounts> {
  const projectId = yield* projectIdOf(project);
  const counts: Partial<Record<JobState, number>> = {};
  for (const row of yield* select('count-jobs-of', projectId)) {
    const state = stateOf(row.state);
    counts[state] = (counts[state] ?? 0) + integer(row.jobs);
  }
  return counts;
}

function* parentIdOf(projectId: number, number: string | undefined): Script<number | null> {
  if (number === undefined) return null;
  const parent = yield* selectOne('find-parent', projectId, number);
  if (parent === undefined) throw new Fault('job_unknown', { field: 'parent', found: number });
  return integer(parent.id);
}

export function* getJob(place: JobPlace): Script<JobDetails> {
  const row = yield* jobRow(place);
  const record = recordOf(row, place.project);
  const document = yield* selectOne('find-document', record.id);
  const files = yield* select('list-files', record.id, 0, filesShown);
  const progress = yield* selectOne('find-progress', record.id);
  const body = documentFrom(document?.body);
  return {
    ...record,
    document: body,
    run: yield* runOf(record),
    files: yield* fileRecords(record.id, files),
    databases: body.locks === undefined ? [] : yield* databaseUses(record),
    progress:
      progress === undefined
        ? null
        : {
            fraction: Number(progress.fraction ?? 0),
            text: textOrNull(progress.text),
            counts: progress.counts === null ? null : json<Counts>(progress.counts),
            at: integer(progress.at),
          },
    children: yield* rollUp(row),
  };
}

function* databaseUses({ id, attempts }: JobRecord): Script<JobDetails['databases']> {
  const rows = yield* select('list-database-uses', id, attempts);
  return rows.map((row) => ({
    attempt: integer(row.attempt),
    path: text(row.path),
    mode: oneOf(row.mode, lockKinds),
    release: textOrNull(row.release),
  }));
}

/** A job without work of its own counts its children as they end; those of others are counted when somebody asks. */
function* rollUp(row: Row): Script<JobDetails['children']> {
  const id = integer(row.id);
  const counted = row.class_id === null ? yield* selectOne('find-children', id) : undefined;
  if (counted !== undefined) return childrenOf(counted);
  if (row.children === 0) return null;
  const rows = yield* select('count-children', id);
  // Numbers that were given may be of children that were purged.
  if (rows.length === 0) return null;
  return childrenIn(rows.map((it) => [stateOf(it.state), integer(it.jobs)]));
}

function* runOf({ id, origin, attempts }: JobRecord): Script<RunFacts | null> {
  const row =
    origin === 'recorded'
      ? yield* selectOne('find-run', id)
      : attempts === 0
        ? undefined
        : yield* selectOne('find-last-run', id, attempts);
  return row === undefined ? null : factsFrom(row);
}

function factsFrom(row: Row): RunFacts | null {
  const path = textOrNull(row.executable);
  return knownFacts({
    host: textOrNull(row.host),
    account: textOrNull(row.account),
    executable: path === null ? null : { path, sha256: textOrNull(row.executable_sha256) },
    version: textOrNull(row.version),
  });
}

export function* jobRow(place: JobPlace): Script<Row> {
  const row = yield* selectOne('find-job', place.project, place.number);
  if (row === undefined) throw new Fault('job_unknown', { found: writeReference(place) });
  return row;
}

export function* listFiles(
  it: JobPlace & { readonly limit: number; readonly after?: string },
): Script<Page<FileRecord>> {
  const asOf = yield* position();
  const jobId = integer((yield* jobRow(it)).id);
  const rows = yield* select('list-files', jobId, numericKey(it.after), it.limit + 1);
  const page = pageOf(
    rows,
    it.limit,
    asOf,
    (row) => row,
    (row) => writeKey(integer(row.id)),
  );
  return { ...page, items: yield* fileRecords(jobId, page.items) };
}

/** Ended attempts, and the one that runs. */
export function* listAttempts(place: JobPlace): Script<readonly AttemptRecord[]> {
  const job = yield* jobRow(place);
  const jobId = integer(job.id);
  // What a recorder told is of the job: it has one attempt.
  const told = job.origin === 'recorded' ? yield* selectOne('find-run', jobId) : undefined;
  const ended = (yield* select('list-attempts', jobId)).map((row) => attemptOf(row, told));
  const liveRow = yield* selectOne('find-live', jobId);
  const live = liveRow === undefined ? null : liveOf(liveRow);
  const isHeld = live !== null && (live.workerId !== null || live.leaseEndsAt !== null);
  if (!isHeld || live.epoch === null || (live.state !== 'running' && live.state !== 'lost')) return ended;
  const worker = live.workerId === null ? undefined : yield* selectOne('find-worker', live.workerId);
  const running: AttemptRecord = {
    jobId,
    attempt: live.attempt,
    epoch: live.epoch,
    workerId: live.workerId,
    worker: textOrNull(worker?.name),
    startedAt: live.startedAt,
    finishedAt: null,
    outcome: null,
    exitCode: null,
    reason: null,
    error: null,
    run: factsFrom(told ?? { host: worker?.host ?? null, account: worker?.account ?? null }),
  };
  return [...ended, running];
}

function attemptOf(row: Row, told: Row | undefined): AttemptRecord {
  const outcome = textOrNull(row.outcome);
  return {
    jobId: integer(row.job_id),
    attempt: integer(row.attempt),
    epoch: integer(row.epoch),
    workerId: integerOrNull(row.worker_id),
    worker: textOrNull(row.worker),
    startedAt: integerOrNull(row.started_at),
    finishedAt: integerOrNull(row.finished_at),
    outcome: outcome === null ? null : oneOf(outcome, attemptOutcomes),
    exitCode: integerOrNull(row.exit_code),
    // The column holds what an attempt’s end wrote: a reason of the table in core/jobs/states.ts.
    reason: textOrNull(row.reason) as AttemptRecord['reason'],
    error: textOrNull(row.error),
    run: factsFrom(told ?? row),
  };
}

/** What came after attempts of a job were over, oldest first. */
export function* listLateReports(place: JobPlace): Script<readonly LateReport[]> {
  const jobId = integer((yield* jobRow(place)).id);
  return (yield* select('list-late-reports', jobId, lateReportsShown)).map(lateReportOf);
}

function lateReportOf(row: Row): LateReport {
  // The cell holds what acts/keep-late.ts wrote.
  const said = JSON.parse(text(row.body)) as Pick<
    FinishedAttempt,
    'exitCode' | 'reason' | 'error' | 'outputs'
  >;
  return {
    attempt: integer(row.attempt),
    epoch: integer(row.epoch),
    at: integer(row.at),
    outcome: oneOf<LateReport['outcome']>(text(row.outcome), [
      'succeeded',
      'failed',
      'cancelled',
      'returned',
    ]),
    exitCode: said.exitCode,
    reason: said.reason,
    error: said.error,
    outputs: said.outputs.map(({ path }) => path),
  };
}

export interface ReadLog extends JobPlace {
  readonly attempt: number | null;
  readonly after: number;
  readonly limit: number;
}

export function* readLog(it: ReadLog): Script<{
  readonly attempt: number | null;
  readonly chunks: readonly LogChunk[];
  readonly complete: boolean;
}> {
  const row = yield* jobRow(it);
  const record = recordOf(row, it.project);
  const attempt = it.attempt ?? (record.attempts === 0 ? null : record.attempts);
  if (attempt === null) return { attempt, chunks: [], complete: isFinal(record.state) };
  if (attempt > record.attempts)
    throw new Fault('attempt_unknown', {
      field: 'attempt',
      found: attempt,
      expected: `at most ${record.attempts}`,
    });
  const rows = yield* select('list-log', record.id, attempt, it.after, it.limit + 1);
  const running = attempt === record.attempts && (record.state === 'running' || record.state === 'lost');
  const chunks = rows.slice(0, it.limit).map((chunk) => chunkOf(chunk, attempt));
  const sequences = chunks.map(({ sequence }) => sequence);
  return {
    attempt,
    chunks: chunks.slice(0, shownChunks(sequences, it.after, !running)),
    complete: !running && rows.length <= it.limit,
  };
}

function chunkOf(row: Row, attempt: number): LogChunk {
  return {
    attempt,
    sequence: integer(row.sequence),
    stream: oneOf(row.stream, ['stdout', 'stderr', 'note']),
    at: integer(row.at),
    data: bytes(row.data),
  };
}

const aheadMax = 1_000;

export function* explainJob(place: JobPlace): Script<Situation> {
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
  };
}

function* limitOf(classId: number, it: JobClass | null): Script<Situation['limit']> {
  if (it?.limit === undefined) return null;
  const counts = yield* select('count-at-work');
  const counted = counts.find((row) => row.class_id === classId);
  return { max: it.limit.max, atWork: counted === undefined ? 0 : integer(counted.jobs) };
}
