import { classKey, type JobClass } from '../../core/dispatch/classes.ts';
import { Fault } from '../../core/faults.ts';
import type { JobDocument, JobRecord, JobSpec, LiveJob } from '../../core/jobs/job.ts';
import { refuseCycles } from '../../core/jobs/order.ts';
import { judgeDependency, place } from '../../core/jobs/place.ts';
import { isJobNumber, readReference, writeReference } from '../../core/jobs/reference.ts';
import { abandon, type Step } from '../../core/jobs/steps.ts';
import { type Act, tellOfJob } from './act.ts';
import { applyAll, childOpened, deadlines, identityOf, policyOf, showLive, withoutWorker } from './moves.ts';
import { findJob, jobAt, jobOf, projectNamed, type State, type StoredProject, type Tie } from './state.ts';

/** Parents, and jobs to come after that are named by reference, must exist before the request. */
export function insertJobs(act: Act, projectName: string, specs: readonly JobSpec[]): readonly JobRecord[] {
  const project = projectNamed(act.state, projectName);
  refuseCycles(specs);
  specs.forEach((spec, index) => {
    checkParent(act.state, projectName, spec.parent, `jobs[${index}].parent`);
  });
  const firstId = act.state.lastJobId + 1;
  const ties = specs.map((spec, index) => resolveTies(act.state, projectName, spec, index, firstId));
  for (const spec of specs) insert(act, project, structuredClone(spec));
  specs.forEach((_, index) => {
    tie(act, firstId + index, ties[index] ?? []);
  });
  const inserted = specs.map((_, index) => jobOf(act.state, firstId + index));
  for (const { record } of inserted) tellOfJob(act, 'jobs.created', record);
  const ends = inserted.flatMap(({ live, after }) => hopeless(act.state, live, after));
  for (const { record } of inserted) childOpened(act, record);
  applyAll(act, ends);
  return inserted.map(({ record }) => jobOf(act.state, record.id).record);
}

function checkParent(state: State, project: string, parent: string | null, field: string): void {
  if (parent === null) return;
  if (!isJobNumber(`${parent}.1`))
    throw new Fault('invalid_field', { field, found: parent, expected: 'a number such as 12 or 12.1' });
  const found = findJob(state, { project, number: parent });
  if (found === null) throw new Fault('job_unknown', { field, found: parent });
  if (found.record.trashedAt !== null)
    throw new Fault('state_conflict', { field, found: parent, expected: 'a job that is not in the trash' });
}

function resolveTies(
  state: State,
  project: string,
  spec: JobSpec,
  index: number,
  firstId: number,
): readonly Tie[] {
  return spec.after.map(({ job, on }, position): Tie => {
    if (typeof job === 'number') return { jobId: firstId + job, on, met: false };
    const field = `jobs[${index}].after[${position}].job`;
    const named = readReference(job, field, project);
    const found = state.projects.get(named.project)?.deleted === false ? findJob(state, named) : null;
    if (found === null) throw new Fault('dependency_unknown', { field, found: job });
    return { jobId: found.record.id, on, met: judgeDependency(on, found.record.state) === 'met' };
  });
}

/** Stores a job as a draft, since what it comes after may only now be inserted too. */
function insert(act: Act, project: StoredProject, spec: JobSpec): void {
  const { after: _, task, title, owner, queue, priority, parent, hold, submit, rerunOf, ...asked } = spec;
  const id = ++act.state.lastJobId;
  const document: JobDocument = { ...asked, after: [] };
  const number = giveNumber(act.state, project.project.name, parent);
  const record: JobRecord = {
    id,
    project: project.project.name,
    number,
    parent,
    task,
    title,
    state: 'draft',
    reason: null,
    owner,
    queue,
    priority,
    createdAt: act.now,
    submittedAt: submit ? act.now : null,
    startedAt: null,
    finishedAt: null,
    cancelRequestedAt: null,
    trashedAt: null,
    exitCode: null,
    attempts: 0,
    revision: 1,
    rerunOf,
  };
  const live: LiveJob = {
    ...identityOf(act, record),
    classId: classIdOf(act.state, project.id, record, document),
    state: 'draft',
    reason: null,
    revision: 1,
    rank: null,
    attempt: 0,
    held: hold,
    pending: 0,
    notBefore: spec.notBefore,
    startBy: null,
    finishBy: null,
    policy: policyOf(document),
    ...withoutWorker,
  };
  const empty = {
    progress: null,
    after: [],
    attempts: [],
    outputs: [],
    log: [],
    given: act.state.numbersFrom,
  };
  act.state.jobs.set(id, { record, document, live, ...empty });
}

/** Numbers count up in each project, and under each parent; none is given twice. */
function giveNumber(state: State, projectName: string, parent: string | null): string {
  if (parent === null) {
    const project = projectNamed(state, projectName);
    state.projects.set(projectName, { ...project, given: project.given + 1 });
    return `${project.given + 1}`;
  }
  const job = jobAt(state, { project: projectName, number: parent });
  state.jobs.set(job.record.id, { ...job, given: job.given + 1 });
  return `${parent}.${job.given + 1}`;
}

/** Ties an inserted job to what it comes after, and puts it in its place unless it is to stay a draft. */
function tie(act: Act, id: number, after: readonly Tie[]): void {
  const job = jobOf(act.state, id);
  if (job.live === null) throw new Error('a job that is being inserted has not ended');
  const named = after.map(({ jobId, on }) => ({ job: writeReference(jobOf(act.state, jobId).record), on }));
  const unplaced: LiveJob = { ...job.live, pending: after.filter(({ met }) => !met).length };
  const limited: LiveJob = { ...unplaced, ...deadlines(job, act.now) };
  const live = job.record.submittedAt === null ? unplaced : { ...limited, ...place(limited, act.now) };
  const document = { ...job.document, after: named };
  act.state.jobs.set(id, { ...job, record: showLive(job.record, live), document, live, after });
}

/** A submitted job may come after one that had ended otherwise already: it ends at once. A draft is not judged yet. */
function hopeless(state: State, live: LiveJob | null, after: readonly Tie[]): readonly Step[] {
  if (live === null || live.state === 'draft') return [];
  return judgeAnew(state, after).impossible === null ? [] : [abandon(live)];
}

/** How the jobs that one comes after stand now, and the first whose end can never be met. */
export function judgeAnew(
  state: State,
  after: readonly Tie[],
): { readonly after: readonly Tie[]; readonly impossible: JobRecord | null } {
  const judged = after.map((tie) => {
    const { record } = jobOf(state, tie.jobId);
    return { tie, record, verdict: judgeDependency(tie.on, record.state) };
  });
  return {
    after: judged.map(({ tie, verdict }) => ({ ...tie, met: verdict === 'met' })),
    impossible: judged.find(({ verdict }) => verdict === 'impossible')?.record ?? null,
  };
}

/** The class in which a job with work of its own is dispatched; null for a container. */
export function classIdOf(
  state: State,
  projectId: number,
  record: Pick<JobRecord, 'queue' | 'task' | 'owner'>,
  document: Pick<JobDocument, 'command'>,
): number | null {
  if (document.command === null && record.task === null) return null;
  const { queue, task, owner } = record;
  const runs = document.command === null ? 'handler' : 'command';
  const wanted: JobClass = { queue, task, projectId, owner, runs };
  const index = state.classes.findIndex((known) => classKey(known) === classKey(wanted));
  return index >= 0 ? index + 1 : state.classes.push(wanted);
}
