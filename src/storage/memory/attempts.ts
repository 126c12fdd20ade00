import { Fault } from '../../core/faults.ts';
import { type AttemptRecord, type LateReport, lateReportsShown } from '../../core/jobs/job.ts';
import { shownChunks } from '../../core/jobs/log-run.ts';
import { knownFacts } from '../../core/jobs/record.ts';
import { type JobPlace, readAttempt } from '../../core/jobs/reference.ts';
import { isFinal } from '../../core/jobs/states.ts';
import type { LogChunk } from '../../ports/storage.ts';
import { jobAt, type State, type StoredJob } from './state.ts';

/** Those that have ended, and the one that runs. */
function attemptsOf(state: State, { attempts, live, run }: StoredJob): readonly AttemptRecord[] {
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

export function listAttempts(state: State, place: JobPlace): readonly AttemptRecord[] {
  return attemptsOf(state, jobAt(state, place));
}

export function listLateReports(state: State, place: JobPlace): readonly LateReport[] {
  return jobAt(state, place).late.slice(0, lateReportsShown);
}

export function lastOutput(state: State, attempt: string): number | null {
  const place = readAttempt(attempt);
  const chunks = state.jobs.get(place?.jobId ?? 0)?.log ?? [];
  const sequences = chunks.filter((it) => it.attempt === place?.attempt).map(({ sequence }) => sequence);
  return sequences.length === 0 ? null : Math.max(...sequences);
}

export function readLog(
  state: State,
  params: JobPlace & { readonly attempt: number | null; readonly after: number; readonly limit: number },
): { readonly attempt: number | null; readonly chunks: readonly LogChunk[]; readonly complete: boolean } {
  const { record, log, attempts } = jobAt(state, params);
  const attempt = params.attempt ?? record.attempts;
  if (params.attempt !== null && !(params.attempt >= 1 && params.attempt <= record.attempts))
    throw new Fault('attempt_unknown', { found: params.attempt });
  if (attempt === 0) return { attempt: null, chunks: [], complete: isFinal(record.state) };
  const rest = log
    .filter((chunk) => chunk.attempt === attempt && chunk.sequence > params.after)
    .sort((a, b) => a.sequence - b.sequence);
  const ended = attempts.some((each) => each.attempt === attempt);
  const sequences = rest.map(({ sequence }) => sequence);
  const shown = rest.slice(0, shownChunks(sequences, params.after, ended));
  return { attempt, chunks: shown.slice(0, params.limit), complete: ended && rest.length <= params.limit };
}
