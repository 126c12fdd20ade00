import { Fault } from '../../core/faults.ts';
import type { JobRecord, JobSpec, LiveJob } from '../../core/jobs/job.ts';
import { newDocument, newLive, newRecord } from '../../core/jobs/new-job.ts';
import { refuseCircles, refuseCycles } from '../../core/jobs/order.ts';
import { judgeDependency } from '../../core/jobs/place.ts';
import { type JobPlace, readReference, refuseTooDeep, writeReference } from '../../core/jobs/reference.ts';
import { abandon, type Step } from '../../core/jobs/steps.ts';
import { type Act, tellOfJob } from './act.ts';
import { declareFiles } from './files.ts';
import { allWaits, applyAll, childOpened, containerOf, identityOf } from './moves.ts';
import { refuseUnknown } from './releases.ts';
import { findJob, findVisible, jobAt, jobOf, projectNamed, type State, type Tie } from './state.ts';
import { beginTaskRun } from './tasks.ts';
import { tieProvisionally } from './ties.ts';

/** Parents, and jobs to come after that are named by reference, must exist before the request. */
export function insertJobs(act: Act, project: string, specs: readonly JobSpec[]): readonly JobRecord[] {
  projectNamed(act.state, project);
  refuseCycles(specs);
  specs.forEach((spec, index) => {
    checkParent(act.state, project, spec.parent, `jobs[${index}].parent`);
  });
  const firstId = act.state.lastJobId + 1;
  const ties = specs.map((spec, index) => resolveTies(act.state, project, spec, index, firstId));
  refuseCirclesOf(act, project, specs, ties, firstId);
  const places = specs.map(({ parent }) => ({ project, number: giveNumber(act.state, project, parent) }));
  const refOf = ({ jobId }: Tie): string =>
    writeReference(places[jobId - firstId] ?? jobOf(act.state, jobId).record);
  specs.forEach((spec, index) => {
    const place = places[index];
    if (place !== undefined) insert(act, structuredClone(spec), place, ties[index] ?? [], refOf);
  });
  const inserted = specs.map((_, index) => jobOf(act.state, firstId + index));
  for (const { live } of inserted) if (live !== null) tieProvisionally(act, live);
  for (const { record } of inserted) tellOfJob(act, 'jobs.created', record);
  const ends = inserted.flatMap(({ live, after }) => hopeless(act.state, live, after));
  for (const { record } of inserted) childOpened(act, record);
  applyAll(act, ends);
  return inserted.map(({ record }) => jobOf(act.state, record.id).record);
}

export function checkParent(state: State, project: string, parent: string | null, field: string): void {
  if (parent === null) return;
  refuseTooDeep(parent, field);
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
    const found = findVisible(state, named);
    if (found === null) throw new Fault('dependency_unknown', { field, found: job });
    return { jobId: found.record.id, on, met: judgeDependency(on, found.record.state) === 'met' };
  });
}

function refuseCirclesOf(
  act: Act,
  project: string,
  specs: readonly JobSpec[],
  ties: readonly (readonly Tie[])[],
  firstId: number,
): void {
  const newcomers = specs.map((spec, index) => ({
    id: firstId + index,
    container: containerOf(act, { project, parent: spec.parent })?.record.id ?? null,
    after: (ties[index] ?? []).flatMap((tie, position) => {
      const named = spec.after[position]?.job;
      return tie.met || named === undefined
        ? []
        : [{ id: tie.jobId, named, field: `jobs[${index}].after[${position}].job` }];
    }),
  }));
  refuseCircles(newcomers, allWaits(act));
}

/** Stores a job; two ties to one job count once, and the later word holds. */
function insert(
  act: Act,
  spec: JobSpec,
  place: JobPlace,
  ties: readonly Tie[],
  refOf: (tie: Tie) => string,
): void {
  refuseUnknown(act.state, spec.locks);
  const id = ++act.state.lastJobId;
  const document = newDocument(
    spec,
    ties.map((tie) => ({ job: refOf(tie), on: tie.on })),
  );
  const after = [...new Map(ties.map((tie) => [tie.jobId, tie])).values()];
  const identity = identityOf(act, { record: { ...spec, ...place, id }, document });
  const live = newLive(spec, identity, after.filter(({ met }) => !met).length, act.now);
  const record = newRecord(spec, live, place.project, act.now);
  const empty = {
    progress: null,
    attempts: [],
    late: [],
    databases: [],
    log: [],
    run: null,
    given: act.state.numbersFrom,
  };
  beginTaskRun(act, id, spec);
  act.state.jobs.set(id, { record, document, live, after, ...empty });
  declareFiles(act, id);
}

/** Numbers count up in each project, and under each parent; none is given twice. */
export function giveNumber(state: State, projectName: string, parent: string | null): string {
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
