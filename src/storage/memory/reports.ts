import { Fault } from '../../core/faults.ts';
import { readAttempt } from '../../core/jobs/reference.ts';
import { settle } from '../../core/jobs/steps.ts';
import type { FinishedAttempt, FinishResult, LogChunk, OutputAnswer, OutputChunk, Storage } from '../../ports/storage.ts';
import { type Act, tellOfJob } from './act.ts';
import { apply } from './moves.ts';
import { jobOf, type StoredJob } from './state.ts';
import { attemptInHand, moment } from './workers.ts';

/** Output (bytes) kept for one attempt. */
const outputBytesMax = 16 * 1024 * 1024;

export function finishAttempts(act: Act, params: Parameters<Storage['finishAttempts']>[0]): readonly FinishResult[] {
  return params.attempts.map((report) => finish(act, params.principal, report));
}

function finish(act: Act, principal: string, report: FinishedAttempt): FinishResult {
  const { attempt, epoch } = report;
  const named = readAttempt(attempt);
  const job = act.state.jobs.get(named?.jobId ?? 0);
  if (named === null || job === undefined || named.attempt > job.record.attempts + 1)
    return { attempt, applied: false, code: 'attempt_unknown' };
  if (isForeign(act, principal, job, report)) return { attempt, applied: false, code: 'attempt_unknown' };
  if (job.live !== null && job.live.epoch === epoch && attemptInHand(job.live) === attempt) {
    settleReport(act, named.attempt, job.live, report);
    return { attempt, applied: true, code: null };
  }
  if (wasApplied(job, named.attempt, report)) return { attempt, applied: true, code: null };
  tellOfJob(act, 'report.late', job.record);
  return { attempt, applied: false, code: 'epoch_stale' };
}

function settleReport(
  act: Act,
  attempt: number,
  live: NonNullable<StoredJob['live']>,
  report: FinishedAttempt,
): void {
  const job = jobOf(act.state, live.id);
  const started = live.state !== 'offered';
  if (started && report.outcome === 'returned') {
    // The next attempt has the same number: nothing of this one may stay in its way.
    act.state.jobs.set(live.id, { ...job, progress: null, log: job.log.filter((chunk) => chunk.attempt !== attempt) });
  } else if (started) {
    const outputs = report.outputs.map((file) => ({ ...file, role: 'output' as const, attempt }));
    act.state.jobs.set(live.id, { ...job, outputs: [...job.outputs, ...outputs] });
  }
  apply(act, live.id, settle(live, report, moment(act)));
}

/** Whether the attempt ended under this very epoch as it is now reported. A failure after a request is a cancellation. */
function wasApplied(job: StoredJob, attempt: number, report: FinishedAttempt): boolean {
  return job.attempts.some(
    (ended) =>
      ended.attempt === attempt &&
      ended.epoch === report.epoch &&
      (ended.outcome === report.outcome || (ended.outcome === 'cancelled' && report.outcome === 'failed')),
  );
}

/** Whether the attempt of this epoch was, or is, with a worker of somebody else. */
function isForeign(act: Act, principal: string, job: StoredJob, { epoch }: { epoch: number }): boolean {
  const ended = job.attempts.find((each) => each.epoch === epoch);
  const workerId = job.live?.epoch === epoch ? job.live.workerId : (ended?.workerId ?? null);
  return workerId !== null && act.state.workers.get(workerId)?.profile.principal !== principal;
}

export function appendOutput(act: Act, params: Parameters<Storage['appendOutput']>[0]): OutputAnswer {
  const { principal, attempt, epoch } = params;
  const named = readAttempt(attempt);
  const job = act.state.jobs.get(named?.jobId ?? 0);
  if (named === null || job === undefined || isForeign(act, principal, job, params))
    throw new Fault('attempt_unknown', { found: attempt });
  if (!isCurrent(job, named.attempt, epoch)) throw new Fault('epoch_stale', { found: epoch });
  const log = params.chunks.reduce((kept, chunk) => keep(kept, named.attempt, chunk, act.now), job.log);
  act.state.jobs.set(job.record.id, { ...job, log });
  const kept = bytesOf(log, named.attempt);
  return { kept, capped: kept >= outputBytesMax };
}

/** Whether the attempt runs under this epoch, or ended under it as the job’s last. */
function isCurrent({ live, record, attempts }: StoredJob, attempt: number, epoch: number): boolean {
  if (attempt !== record.attempts) return false;
  if (live !== null && live.state !== 'offered' && live.epoch === epoch) return true;
  return attempts.some((ended) => ended.attempt === attempt && ended.epoch === epoch);
}

function keep(log: readonly LogChunk[], attempt: number, chunk: OutputChunk, at: number): readonly LogChunk[] {
  if (log.some((each) => each.attempt === attempt && each.sequence === chunk.sequence)) return log;
  const data = chunk.data.slice(0, outputBytesMax - bytesOf(log, attempt));
  return data.length === 0 ? log : [...log, { ...chunk, data, attempt, at }];
}

function bytesOf(log: readonly LogChunk[], attempt: number): number {
  return log.reduce((sum, chunk) => (chunk.attempt === attempt ? sum + chunk.data.length : sum), 0);
}
