import { withNumbers } from '../../core/annotations/annotations.ts';
import { Fault } from '../../core/faults.ts';
import type { LateReport } from '../../core/jobs/job.ts';
import { roomInLog } from '../../core/jobs/log-run.ts';
import { readAttempt } from '../../core/jobs/reference.ts';
import { endedSo, notYours } from '../../core/jobs/report.ts';
import { settle } from '../../core/jobs/steps.ts';
import { attemptInHand } from '../../core/leases/held.ts';
import { followProgress, saysNothing } from '../../core/tasks/progress.ts';
import type {
  AttemptClaim,
  FinishedAttempt,
  FinishResult,
  OutputAnswer,
  OutputChunk,
} from '../../ports/records/workers.ts';
import type { LogChunk, Storage } from '../../ports/storage.ts';
import { type Act, tellOfJob } from './act.ts';
import { addFiles } from './files.ts';
import { apply } from './moves.ts';
import { jobOf, type StoredJob } from './state.ts';
import { moment } from './workers.ts';

export function finishAttempts(
  act: Act,
  params: Parameters<Storage['finishAttempts']>[0],
): readonly FinishResult[] {
  const results = params.attempts.map((report) => finish(act, params.principal, report));
  for (const [index, { code }] of results.entries()) {
    const report = params.attempts[index];
    if (report !== undefined && (code === 'epoch_stale' || code === 'incarnation_stale'))
      keepLate(act, report, report);
  }
  return results;
}

/** A late report is kept once, and told with the job as it stands after the whole call. */
export function keepLate(
  act: Act,
  named: AttemptClaim,
  said: Omit<LateReport, 'attempt' | 'epoch' | 'at' | 'outputs'> & {
    readonly outputs?: readonly { readonly path: string }[] | undefined;
  },
): void {
  const place = readAttempt(named.attempt);
  const job = act.state.jobs.get(place?.jobId ?? 0);
  if (place === null || job === undefined) return;
  const { outcome, exitCode, reason, error, outputs = [] } = said;
  const { attempt } = place;
  const { epoch } = named;
  if (job.late.some((it) => it.attempt === attempt && it.epoch === epoch && it.outcome === outcome)) return;
  const paths = outputs.map(({ path }) => path);
  const late = { attempt, epoch, at: act.now, outcome, exitCode, reason, error, outputs: paths };
  act.state.jobs.set(job.record.id, { ...job, late: [...job.late, late] });
  tellOfJob(act, 'report.late', job.record);
}

function finish(act: Act, principal: string, report: FinishedAttempt): FinishResult {
  const { attempt, epoch } = report;
  const named = readAttempt(attempt);
  const job = act.state.jobs.get(named?.jobId ?? 0);
  const isOfBefore = epoch <= act.state.epochsFrom;
  if (named === null) return { attempt, applied: false, code: 'attempt_unknown' };
  if (job === undefined)
    return { attempt, applied: false, code: isOfBefore ? 'incarnation_stale' : 'attempt_unknown' };
  refuseStranger(act, principal, job, report);
  if (
    job.live !== null &&
    job.live.workerId !== null &&
    job.live.epoch === epoch &&
    attemptInHand(job.live) === attempt
  ) {
    if (job.live.state === 'offered' && report.outcome !== 'returned')
      return { attempt, applied: false, code: 'state_conflict' };
    settleReport(act, named.attempt, job.live, report);
    return { attempt, applied: true, code: null };
  }
  if (wasApplied(job, named.attempt, report)) return { attempt, applied: true, code: null };
  if (!mayHaveHeld(act, principal, job)) return { attempt, applied: false, code: 'forbidden' };
  return { attempt, applied: false, code: isOfBefore ? 'incarnation_stale' : 'epoch_stale' };
}

/** Whether a worker of this principal can have had the job: its owner's, or one that tried it. */
function mayHaveHeld(act: Act, principal: string, { record, live, attempts }: StoredJob): boolean {
  const workers = [live?.workerId ?? null, ...attempts.map(({ workerId }) => workerId)];
  const isOf = (id: number | null): boolean =>
    id !== null && act.state.workers.get(id)?.profile.principal === principal;
  return record.owner === principal || workers.some(isOf);
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
    const log = job.log.filter((chunk) => chunk.attempt !== attempt);
    act.state.jobs.set(live.id, { ...job, log });
  } else if (started) {
    addFiles(act, live.id, 'output', report.outputs, { attempt, at: act.now });
    addNumbers(act, live.id, report.numbers);
    addProgress(act, live.id, report.progress);
  }
  apply(act, settle(live, report, moment(act)));
}

/** The last that the attempt said of itself. */
function addProgress(act: Act, id: number, said: FinishedAttempt['progress']): void {
  if (said === undefined || saysNothing(said)) return;
  const job = jobOf(act.state, id);
  act.state.jobs.set(id, { ...job, progress: followProgress(job.progress, said, act.now) });
}

/** Numbers that a run turned out to have; jobs show them with their ends. */
export function addNumbers(act: Act, id: number, found: Readonly<Record<string, number>> = {}): void {
  const job = jobOf(act.state, id);
  const after = withNumbers(job.record, found);
  if (after !== null) act.state.jobs.set(id, { ...job, record: { ...job.record, ...after } });
}

/** Whether the attempt ended under this very epoch as it is now told. */
export function wasApplied(
  job: StoredJob,
  attempt: number,
  told: Pick<FinishedAttempt, 'epoch' | 'outcome'>,
): boolean {
  return job.attempts.some(
    (ended) =>
      ended.attempt === attempt && ended.epoch === told.epoch && endedSo(ended.outcome, told.outcome),
  );
}

/** Only the principal of the worker that holds an attempt, or held it last under this epoch, speaks for it. */
function refuseStranger(act: Act, principal: string, job: StoredJob, named: AttemptClaim): void {
  const ended = job.attempts.find((each) => each.epoch === named.epoch);
  const workerId = job.live?.epoch === named.epoch ? job.live.workerId : (ended?.workerId ?? null);
  if (workerId !== null && act.state.workers.get(workerId)?.profile.principal !== principal)
    throw notYours(named.attempt);
}

export function appendOutput(act: Act, params: Parameters<Storage['appendOutput']>[0]): OutputAnswer {
  const { principal, attempt, epoch } = params;
  const named = readAttempt(attempt);
  const job = act.state.jobs.get(named?.jobId ?? 0);
  if (named === null) throw new Fault('attempt_unknown', { found: attempt });
  if (job === undefined) throw new Fault('epoch_stale', { found: epoch });
  refuseStranger(act, principal, job, params);
  if (!runsOrRan(job, named.attempt, epoch)) throw new Fault('epoch_stale', { found: epoch });
  let capped = false;
  for (const chunk of params.chunks) capped = !keep(act, job.record.id, named.attempt, chunk) || capped;
  return { kept: bytesOf(jobOf(act.state, job.record.id).log, named.attempt), capped };
}

/** Whether the attempt runs under this epoch, or ended under it. */
function runsOrRan({ live, attempts }: StoredJob, attempt: number, epoch: number): boolean {
  const runs = live !== null && live.state !== 'offered' && live.epoch === epoch && live.attempt === attempt;
  return runs || attempts.some((ended) => ended.attempt === attempt && ended.epoch === epoch);
}

/** Keeps of a chunk that is not there yet what fits; false if not all of it did. */
function keep(act: Act, id: number, attempt: number, chunk: OutputChunk): boolean {
  const job = jobOf(act.state, id);
  if (job.log.some((each) => each.attempt === attempt && each.sequence === chunk.sequence)) return true;
  const fits = roomInLog(chunk.stream, bytesOf(job.log, attempt));
  if (fits > 0 || chunk.data.length === 0) {
    const kept: LogChunk = { ...chunk, data: chunk.data.slice(0, fits), attempt, at: act.now };
    act.state.jobs.set(id, { ...job, log: [...job.log, kept] });
  }
  return chunk.data.length <= fits;
}

function bytesOf(log: readonly LogChunk[], attempt: number): number {
  return log.reduce((sum, chunk) => (chunk.attempt === attempt ? sum + chunk.data.length : sum), 0);
}
