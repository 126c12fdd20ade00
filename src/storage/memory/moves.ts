/**
 * Writes the steps that the rules decide, and what follows from them: those who come after a job that ended are
 * judged, and a container takes its state from its children, upwards.
 */
import type { EventType } from '../../core/events/event.ts';
import { countOf, gather } from '../../core/jobs/gather.ts';
import type { JobDocument, JobRecord, LiveJob, Policy } from '../../core/jobs/job.ts';
import { judgeDependency } from '../../core/jobs/place.ts';
import { isLegal, type JobState } from '../../core/jobs/states.ts';
import { type AttemptEnd, abandon, type End, reconsider, type Step } from '../../core/jobs/steps.ts';
import { type Act, tellOfJob } from './act.ts';
import { childrenOf, findJob, isContainer, jobOf, type StoredJob } from './state.ts';

/** Writes one step of one job. */
export function apply(act: Act, id: number, step: Step | null, type: EventType = 'jobs.changed'): void {
  if (step === null) return;
  const job = jobOf(act.state, id);
  if (job.live?.workerId != null) act.workers.add(job.live.workerId);
  const attempts =
    step.attempt === null ? job.attempts : [...job.attempts, attemptRecord(act, job, step.attempt)];
  if (step.kind === 'stay') {
    const record = showLive(job.record, step.live);
    act.state.jobs.set(id, { ...job, record, live: step.live, attempts });
    tellOfJob(act, type, record);
  } else {
    const record = showEnd(job.record, step, act.now);
    act.state.jobs.set(id, { ...job, record, live: null, attempts });
    tellOfJob(act, 'jobs.ended', record);
    judgeThoseAfter(act, record);
    childEnded(act, record);
  }
}

/** What a list shows of an unfinished job: its times are those of the attempt in hand. */
export function showLive(record: JobRecord, live: LiveJob): JobRecord {
  return {
    ...record,
    state: live.state,
    reason: live.reason,
    revision: live.revision,
    priority: live.priority,
    attempts: live.attempt,
    startedAt: live.startedAt,
    cancelRequestedAt: live.cancelRequestedAt,
    finishedAt: null,
    exitCode: null,
  };
}

function showEnd(record: JobRecord, end: End, now: number): JobRecord {
  return {
    ...showLive(record, end.from),
    state: end.state,
    reason: end.reason,
    revision: end.from.revision + 1,
    finishedAt: now,
    exitCode: end.exitCode,
  };
}

function attemptRecord(act: Act, job: StoredJob, end: AttemptEnd): StoredJob['attempts'][number] {
  return { ...end, jobId: job.record.id, worker: workerName(act, end.workerId), finishedAt: act.now };
}

function workerName(act: Act, id: number | null): string | null {
  return id === null ? null : (act.state.workers.get(id)?.profile.name ?? null);
}

/** The part of the document that decides the job’s moves. */
export function policyOf(document: Pick<JobDocument, 'retry' | 'limits' | 'onLost'>): Policy {
  return { retry: document.retry, attemptMs: document.limits.attemptMs ?? null, onLost: document.onLost };
}

/** Limits are counted from submission. A job without work of its own has none: its children have theirs. */
export function deadlines(job: StoredJob, now: number): Pick<LiveJob, 'startBy' | 'finishBy'> {
  const { startWithinMs, totalMs } = job.document.limits;
  const after = (ms: number | undefined): number | null =>
    ms === undefined || isContainer(job) ? null : now + ms;
  return { startBy: after(startWithinMs), finishBy: after(totalMs) };
}

function judgeThoseAfter(act: Act, ended: JobRecord): void {
  const waiting = [...act.state.jobs.values()].filter((job) =>
    job.after.some((tie) => tie.jobId === ended.id && !tie.met),
  );
  for (const { record } of waiting) judgeTies(act, record.id, ended);
}

/** Strikes off what this end has met, and moves the job on if nothing else is missing. */
function judgeTies(act: Act, id: number, ended: JobRecord): void {
  const job = jobOf(act.state, id);
  if (job.live === null) return;
  const judged = job.after.map((tie) =>
    tie.jobId === ended.id && judgeDependency(tie.on, ended.state) === 'met' ? { ...tie, met: true } : tie,
  );
  const pending = judged.filter((tie) => !tie.met).length;
  const live = { ...job.live, pending };
  act.state.jobs.set(id, { ...job, after: judged, live });
  if (judged.some((tie) => tie.jobId === ended.id && !tie.met)) abandonUnlessAtWork(act, id, live);
  else apply(act, id, reconsider(live, act.now));
}

/** Ends a job that comes after one that ended otherwise. A container whose children have begun goes on with them. */
export function abandonUnlessAtWork(act: Act, id: number, live: LiveJob): void {
  if (live.state !== 'running') apply(act, id, abandon(live));
}

/** A child was added to, or retried under, a container: it runs, and opens again if it had ended. */
export function childOpened(act: Act, child: JobRecord): void {
  const parent = containerOf(act, child);
  if (parent === null || parent.live?.state === 'draft' || parent.live?.state === 'running') return;
  const live = parent.live ?? reopened(act, parent);
  gatherInto(act, parent, live);
  if (parent.live === null) childOpened(act, parent.record);
}

function childEnded(act: Act, child: JobRecord): void {
  const parent = containerOf(act, child);
  if (parent === null || parent.live === null || parent.live.state === 'draft') return;
  gatherInto(act, parent, parent.live);
}

/** A container that is no longer a draft takes the state of the children that it has already. */
export function gatherSubmitted(act: Act, id: number): void {
  const job = jobOf(act.state, id);
  if (job.live !== null && isContainer(job) && childrenOf(act.state, job.record).length > 0)
    gatherInto(act, job, job.live);
}

function containerOf(act: Act, child: JobRecord): StoredJob | null {
  if (child.parent === null) return null;
  const parent = findJob(act.state, { project: child.project, number: child.parent });
  return parent !== null && isContainer(parent) ? parent : null;
}

function gatherInto(act: Act, parent: StoredJob, live: LiveJob): void {
  const count = { open: 0, succeeded: 0, failed: 0, cancelled: 0 };
  for (const child of childrenOf(act.state, parent.record)) count[countOf(child.record.state)]++;
  const { state, reason } = gather(count);
  if (state === parent.record.state) return;
  assertGathers(parent.record.state, state);
  if (state === 'running') {
    const running: LiveJob = { ...live, state, reason: null, held: false, revision: live.revision + 1 };
    apply(act, live.id, { kind: 'stay', from: parent.record.state, live: running, attempt: null });
  } else if (state === 'succeeded' || state === 'failed' || state === 'cancelled') {
    const endReason = reason === 'children' ? null : reason;
    apply(act, live.id, { kind: 'end', from: live, state, reason: endReason, exitCode: null, attempt: null });
  }
}

function assertGathers(from: JobState, to: JobState): void {
  if (!isLegal(from, 'gather', to)) throw new Error(`illegal move of a job: ${from} --gather--> ${to}`);
}

/** The row of an ended container whose children go on; dependencies and delays lie behind it. */
function reopened(act: Act, { record, document }: StoredJob): LiveJob {
  const project = act.state.projects.get(record.project);
  if (project === undefined) throw new Error(`no project is named ${record.project}`);
  return {
    id: record.id,
    projectId: project.id,
    number: record.number,
    classId: null,
    state: 'running',
    reason: null,
    revision: record.revision,
    priority: record.priority,
    rank: null,
    attempt: record.attempts,
    epoch: null,
    workerId: null,
    held: false,
    pending: 0,
    notBefore: null,
    startBy: null,
    finishBy: null,
    offerEndsAt: null,
    attemptEndsAt: null,
    startedAt: null,
    cancelRequestedAt: null,
    policy: policyOf(document),
  };
}
