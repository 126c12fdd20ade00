/** Attempts of a job: where and by what they were run, what they wrote, and what was told of them too late. */
import { Fault } from '../../../core/faults.ts';
import {
  type AttemptRecord,
  attemptOutcomes,
  type JobRecord,
  type LateReport,
  lateReportsShown,
  type RunFacts,
} from '../../../core/jobs/job.ts';
import { shownChunks } from '../../../core/jobs/log-run.ts';
import { knownFacts } from '../../../core/jobs/record.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';
import { isFinal } from '../../../core/jobs/states.ts';
import type { FinishedAttempt } from '../../../ports/records/workers.ts';
import type { LogChunk } from '../../../ports/storage.ts';
import { bytes, integer, integerOrNull, liveOf, oneOf, recordOf, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { jobRow } from './job-row.ts';

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

/** Of the last attempt that has started. */
export function* runOf({ id, origin, attempts }: JobRecord): Script<RunFacts | null> {
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
