/**
 * Writes the steps that the rules decide, and what follows from them: those who come after a job that ended are
 * judged, and a container takes its state from its children, upwards.
 */
import { classKey, type JobClass, limitBelow, lockedBy } from '../../core/dispatch/classes.ts';
import type { EventType } from '../../core/events/event.ts';
import { countOf, gathered, reopened } from '../../core/jobs/gather.ts';
import type { JobDocument, JobRecord, LiveJob } from '../../core/jobs/job.ts';
import type { Identity } from '../../core/jobs/new-job.ts';
import type { Wait } from '../../core/jobs/order.ts';
import { judgeDependency } from '../../core/jobs/place.ts';
import { knownFacts } from '../../core/jobs/record.ts';
import { isFinal } from '../../core/jobs/states.ts';
import { type AttemptEnd, abandon, type End, reconsider, type Step } from '../../core/jobs/steps.ts';
import { type Act, tellOfJob } from './act.ts';
import { childrenOf, findJob, isContainer, jobOf, type State, type StoredJob } from './state.ts';

export function apply(act: Act, step: Step | null, type: EventType = 'jobs.changed'): void {
  if (step !== null) applyAll(act, [step], type);
}

/** Writes steps that were decided together, at most one of each job; only then looks at what follows. */
export function applyAll(act: Act, steps: readonly Step[], type: EventType = 'jobs.changed'): void {
  const records = steps.map((step) => write(act, step, type));
  const ended = records.filter(({ state }) => isFinal(state));
  for (const record of ended) judgeThoseAfter(act, record);
  for (const record of ended) childEnded(act, record);
}

function write(act: Act, step: Step, type: EventType): JobRecord {
  const id = step.kind === 'stay' ? step.live.id : step.from.id;
  const job = jobOf(act.state, id);
  if (job.live?.workerId != null) act.workers.add(job.live.workerId);
  const attempts = step.attempt === null ? job.attempts : [...job.attempts, attemptOf(act, id, step.attempt)];
  if (step.kind === 'end') {
    const record = showEnd(job.record, step, act.now);
    act.state.jobs.set(id, { ...job, record, live: null, attempts });
    tellOfJob(act, 'jobs.ended', record);
    return record;
  }
  const record = showLive(job.record, step.live);
  // The next attempt begins without progress; what the last one reached stays on the record of an ended job.
  const another = step.live.state === 'ready' || step.live.state === 'waiting';
  const progress = another ? null : job.progress;
  act.state.jobs.set(id, { ...job, record, live: step.live, attempts, progress });
  tellOfJob(act, type, record);
  return record;
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
    cancelRequestedAt: null,
    finishedAt: now,
    exitCode: end.exitCode,
  };
}

function attemptOf(act: Act, jobId: number, end: AttemptEnd): StoredJob['attempts'][number] {
  const worker = end.workerId === null ? undefined : act.state.workers.get(end.workerId);
  const { executable, version, ...rest } = end;
  const { host = null, account = null } = worker?.profile ?? {};
  const run = jobOf(act.state, jobId).run?.facts ?? knownFacts({ host, account, executable, version });
  return { ...rest, jobId, worker: worker?.profile.name ?? null, finishedAt: act.now, run };
}

function judgeThoseAfter(act: Act, ended: JobRecord): void {
  for (const { record, after } of [...act.state.jobs.values()])
    if (after.some((tie) => tie.jobId === ended.id && !tie.met)) judgeTies(act, record.id, ended);
}

/** Strikes off what this end has met, and moves the job on if nothing else is missing. */
function judgeTies(act: Act, id: number, ended: JobRecord): void {
  const job = jobOf(act.state, id);
  if (job.live === null) return;
  const after = job.after.map((tie) =>
    tie.jobId === ended.id && judgeDependency(tie.on, ended.state) === 'met' ? { ...tie, met: true } : tie,
  );
  const live = { ...job.live, pending: after.filter((tie) => !tie.met).length };
  act.state.jobs.set(id, { ...job, after, live });
  const hopeless = after.some((tie) => tie.jobId === ended.id && !tie.met);
  if (!hopeless) apply(act, reconsider(live, act.now));
  else if (live.state === 'waiting') apply(act, abandon(live)); // a draft is judged when it is submitted
}

/** A child was added to, or retried under, a container: it runs, and opens again if it had ended outside the trash. */
export function childOpened(act: Act, child: JobRecord): void {
  const parent = containerOf(act, child);
  if (parent === null) return;
  if (parent.live !== null) {
    gatherInto(act, parent, parent.live);
    return;
  }
  if (parent.record.trashedAt !== null) return;
  const record = { ...parent.record, submittedAt: parent.record.submittedAt ?? act.now };
  act.state.jobs.set(record.id, { ...parent, record });
  gatherInto(act, parent, reopenedLive(act, parent));
  childOpened(act, record);
}

function reopenedLive(act: Act, parent: StoredJob): LiveJob {
  const { id, state, attempts, revision } = parent.record;
  if (!isFinal(state)) throw new Error('only a job that has ended is opened again');
  return reopened({ id, state, attempts, revision }, identityOf(act, parent));
}

function childEnded(act: Act, child: JobRecord): void {
  const parent = containerOf(act, child);
  if (parent?.live != null) gatherInto(act, parent, parent.live);
}

/** A container that was submitted or released takes the state of the children that it has already. */
export function gatherOwn(act: Act, id: number): void {
  const job = jobOf(act.state, id);
  if (isContainer(job) && job.live !== null && childrenOf(act.state, job.record).length > 0)
    gatherInto(act, job, job.live);
}

/** The parent that takes its state from this child; null if there is none, or it has work of its own. */
export function containerOf(act: Act, child: Pick<JobRecord, 'project' | 'parent'>): StoredJob | null {
  if (child.parent === null) return null;
  const parent = findJob(act.state, { project: child.project, number: child.parent });
  return parent !== null && isContainer(parent) ? parent : null;
}

/** Who waits for whom: jobs for what they come after, parents without work of their own for their children. */
export function allWaits(act: Act): readonly Wait[] {
  return [...act.state.jobs.values()].flatMap((job) => {
    const after = job.live === null ? [] : job.after.filter((tie) => !tie.met);
    const parent = containerOf(act, job.record);
    const waits = after.map((tie) => ({ job: job.record.id, on: tie.jobId }));
    return parent === null ? waits : [...waits, { job: parent.record.id, on: job.record.id }];
  });
}

function gatherInto(act: Act, container: StoredJob, live: LiveJob): void {
  const count = { open: 0, succeeded: 0, failed: 0, cancelled: 0 };
  for (const child of childrenOf(act.state, container.record)) count[countOf(child.record.state)]++;
  apply(act, gathered(live, count));
}

type Identifying = Pick<
  JobRecord,
  'id' | 'project' | 'number' | 'parent' | 'priority' | 'queue' | 'task' | 'owner'
>;

/** Whose row it is; a job without work of its own is in no class. */
export function identityOf(
  act: Act,
  {
    record,
    document,
  }: { readonly record: Identifying; readonly document: Pick<JobDocument, 'command' | 'locks'> },
): Identity {
  const { id, project: name, number, parent, priority } = record;
  const project = act.state.projects.get(name);
  if (project === undefined) throw new Error(`no project is named ${name}`);
  const parentJob = parent === null ? null : findJob(act.state, { project: name, number: parent });
  const classId = classIdOf(act.state, project.id, record, document);
  return { id, projectId: project.id, number, parentId: parentJob?.record.id ?? null, classId, priority };
}

function limitOf(
  state: State,
  { project, parent }: Pick<JobRecord, 'project' | 'parent'>,
): Pick<JobClass, 'limit'> {
  const found = parent === null ? null : findJob(state, { project, number: parent });
  if (found === null || !isContainer(found)) return {};
  return limitBelow({ id: found.record.id, atOnce: found.document.atOnce ?? null });
}

/** The class in which a job with work of its own is dispatched; null for a container. */
export function classIdOf(
  state: State,
  projectId: number,
  record: Pick<JobRecord, 'queue' | 'task' | 'owner' | 'project' | 'parent'>,
  document: Pick<JobDocument, 'command' | 'locks'>,
): number | null {
  if (document.command === null && record.task === null) return null;
  const { queue, task, owner } = record;
  const runs = document.command === null ? 'handler' : 'command';
  const limit = limitOf(state, record);
  const wanted: JobClass = { queue, task, projectId, owner, runs, ...limit, ...lockedBy(document.locks) };
  const index = state.classes.findIndex((known) => classKey(known) === classKey(wanted));
  return index >= 0 ? index + 1 : state.classes.push(wanted);
}
