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

/** Stores a job with the ties that were resolved for it. */
function insert(act: Act, project: StoredProject, spec: JobSpec, after: readonly Tie[], named: JobDocument['after']): void {
  const id = ++act.state.lastJobId;
  const document = newDocument(spec, named);
  const number = giveNumber(act.state, project.project.name, spec.parent);
  const place = { ...spec, id, number, project: project.project.name };
  const identity = identityOf(act, { record: place, document });
  const live = newLive(spec, identity, after.filter(({ met }) => !met).length, act.now);
  act.state.jobs.set(id, {
    record: newRecord(spec, live, project.project.name, act.now),
    document,
    live,
    after,
    progress: null,
    attempts: [],
    outputs: [],
    log: [],
    given: act.state.numbersFrom,
  });
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
