import { Fault } from '../../../core/faults.ts';
import type {
  DependencyKind,
  JobDocument,
  JobRecord,
  JobSpec,
  LiveJob,
  TimeLimits,
} from '../../../core/jobs/job.ts';
import { refuseCycles } from '../../../core/jobs/order.ts';
import { judgeDependency, place } from '../../../core/jobs/place.ts';
import { readReference, writeReference } from '../../../core/jobs/reference.ts';
import { abandon } from '../../../core/jobs/steps.ts';
import { applySteps, lowerHeads } from '../apply-steps.ts';
import { integer, liveValues, policyOf, recordOf, stateOf } from '../rows.ts';
import type { Row, Script, Value } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { adoptChildren } from './containers.ts';
import { internClass, projectRow } from './know.ts';

interface ResolvedDependency {
  readonly onId: number;
  readonly ref: string;
  readonly kind: DependencyKind;
  readonly verdict: 'met' | 'pending' | 'impossible';
}

interface Place {
  readonly id: number;
  readonly number: string;
  readonly parentId: number | null;
}

/** Inserts jobs with everything that belongs to them; those whose dependency can never be met end at once. */
export function* insertJobs(
  tx: Transaction,
  projectName: string,
  specs: readonly JobSpec[],
): Script<readonly JobRecord[]> {
  refuseCycles(specs);
  const project = yield* projectRow(tx, projectName);
  const projectId = integer(project.id);
  const earlier = yield* resolveReferences(tx, specs, projectName);
  const parents = yield* resolveParents(tx, projectId, specs);
  const places = yield* givePlaces(tx, project, specs, parents);

  const lives: LiveJob[] = [];
  const documents: JobDocument[] = [];
  const dependencies: (readonly Value[])[] = [];
  const hopeless: LiveJob[] = [];
  for (const [index, spec] of specs.entries()) {
    const at = placeAt(places, index);
    const after = spec.after.map((it): ResolvedDependency => {
      if (typeof it.job === 'string') return judged(it.on, earlier.get(it.job));
      const target = placeAt(places, it.job);
      return {
        onId: target.id,
        ref: writeReference({ project: projectName, number: target.number }),
        kind: it.on,
        verdict: 'pending',
      };
    });
    const classId = yield* classIdOf(tx, spec, projectId);
    const live = newLive(
      spec,
      at,
      projectId,
      classId,
      distinct(after).filter((it) => it.verdict !== 'met').length,
      tx.now,
    );
    lives.push(live);
    documents.push(documentOf(spec, after));
    for (const it of distinct(after))
      dependencies.push([it.onId, live.id, it.kind, it.verdict === 'met' ? 1 : 0]);
    if (spec.submit && after.some((it) => it.verdict === 'impossible')) hopeless.push(live);
  }

  yield* tx.write(
    'insert-jobs',
    specs.map((spec, index) => jobValues(spec, placeAt(places, index), lives[index], projectId, tx.now)),
  );
  yield* tx.write(
    'insert-documents',
    documents.map((document, index) => [placeAt(places, index).id, JSON.stringify(document)]),
  );
  yield* tx.write('insert-live', lives.map(liveValues));
  yield* tx.write('insert-dependencies', dependencies);
  yield* tx.write(
    'insert-files',
    specs.flatMap((spec, index) => declaredFiles(spec, placeAt(places, index).id)),
  );
  yield* lowerHeads(
    tx,
    lives.filter((live) => live.state === 'ready'),
  );
  for (const live of lives) tx.moved('jobs.created', projectId, live.number, live.state, live.revision);
  yield* tx.write(
    'insert-containers',
    lives.filter((live) => live.classId === null).map((live) => [live.id]),
  );
  yield* adoptChildren(tx, lives);
  yield* applySteps(tx, hopeless.map(abandon));

  // Where some ended at once, others of the request may have been moved by that.
  const moved =
    hopeless.length === 0
      ? []
      : yield* tx.select(
          'list-jobs-by-id',
          places.map((it) => it.id),
        );
  const rows = new Map(moved.map((row) => [row.id, row]));
  return specs.map((spec, index) => {
    const row = rows.get(placeAt(places, index).id);
    return row === undefined
      ? newRecord(spec, lives[index] as LiveJob, projectName, tx.now)
      : recordOf(row, projectName);
  });
}

function newRecord(spec: JobSpec, live: LiveJob, project: string, now: number): JobRecord {
  return {
    id: live.id,
    project,
    number: live.number,
    parent: spec.parent,
    task: spec.task,
    title: spec.title,
    state: live.state,
    reason: live.reason,
    owner: spec.owner,
    queue: spec.queue,
    priority: spec.priority,
    createdAt: now,
    submittedAt: spec.submit ? now : null,
    startedAt: null,
    finishedAt: null,
    cancelRequestedAt: null,
    trashedAt: null,
    exitCode: null,
    attempts: 0,
    revision: live.revision,
    rerunOf: spec.rerunOf,
  };
}

function placeAt(places: readonly Place[], index: number): Place {
  const found = places[index];
  if (found === undefined) throw new RangeError(`no job ${index} in the request`);
  return found;
}

/** Two dependencies on one job count once; the later word holds. */
function distinct(after: readonly ResolvedDependency[]): readonly ResolvedDependency[] {
  return [...new Map(after.map((it) => [it.onId, it])).values()];
}

function judged(
  kind: DependencyKind,
  target: { readonly row: Row; readonly ref: string } | undefined,
): ResolvedDependency {
  if (target === undefined) throw new Error('a dependency was not resolved');
  const state = stateOf(target.row.live_state ?? target.row.state);
  return { onId: integer(target.row.id), ref: target.ref, kind, verdict: judgeDependency(kind, state) };
}

function* resolveReferences(
  tx: Transaction,
  specs: readonly JobSpec[],
  project: string,
): Script<ReadonlyMap<string, { readonly row: Row; readonly ref: string }>> {
  const found = new Map<string, { readonly row: Row; readonly ref: string }>();
  for (const [index, spec] of specs.entries())
    for (const [position, { job }] of spec.after.entries()) {
      if (typeof job !== 'string' || found.has(job)) continue;
      const field = `jobs[${index}].after[${position}].job`;
      const at = readReference(job, field, project);
      const row = yield* tx.selectOne('find-job', at.project, at.number);
      if (row === undefined)
        throw new Fault('dependency_unknown', { field, found: job, expected: 'a job that exists' });
      found.set(job, { row, ref: writeReference(at) });
    }
  return found;
}

interface Parent {
  readonly id: number;
  readonly number: string;
  children: number;
}

function* resolveParents(
  tx: Transaction,
  projectId: number,
  specs: readonly JobSpec[],
): Script<ReadonlyMap<string, Parent>> {
  const parents = new Map<string, Parent>();
  for (const [index, spec] of specs.entries()) {
    if (spec.parent === null || parents.has(spec.parent)) continue;
    const row = yield* tx.selectOne('find-parent', projectId, spec.parent);
    if (row === undefined)
      throw new Fault('job_unknown', {
        field: `jobs[${index}].parent`,
        found: spec.parent,
        expected: 'a job of this project',
      });
    if (row.trashed_at !== null)
      throw new Fault('state_conflict', {
        field: `jobs[${index}].parent`,
        found: spec.parent,
        expected: 'a job that is not in the trash',
      });
    parents.set(spec.parent, {
      id: integer(row.id),
      number: spec.parent,
      children: integer(row.children),
    });
  }
  return parents;
}

/** Gives ids and numbers: a counter per project, and one per parent; none is given twice. */
function* givePlaces(
  tx: Transaction,
  project: Row,
  specs: readonly JobSpec[],
  parents: ReadonlyMap<string, Parent>,
): Script<readonly Place[]> {
  let nextNumber = integer(project.next_number);
  const firstId = tx.takeJobIds(specs.length);
  const places = specs.map((spec, index): Place => {
    const parent = spec.parent === null ? undefined : parents.get(spec.parent);
    if (parent === undefined) return { id: firstId + index, number: String(nextNumber++), parentId: null };
    return { id: firstId + index, number: `${parent.number}.${++parent.children}`, parentId: parent.id };
  });
  if (nextNumber !== project.next_number)
    yield* tx.write('set-next-number', [[integer(project.id), nextNumber]]);
  yield* tx.write(
    'set-children',
    [...parents.values()].map((parent) => [parent.id, parent.children]),
  );
  return places;
}

function* classIdOf(tx: Transaction, spec: JobSpec, projectId: number): Script<number | null> {
  if (spec.command === null && spec.task === null) return null;
  const runs = spec.command === null ? 'handler' : 'command';
  return yield* internClass(tx, { queue: spec.queue, task: spec.task, projectId, owner: spec.owner, runs });
}

function newLive(
  spec: JobSpec,
  at: Place,
  projectId: number,
  classId: number | null,
  pending: number,
  now: number,
): LiveJob {
  const live: LiveJob = {
    id: at.id,
    projectId,
    number: at.number,
    parentId: at.parentId,
    classId,
    state: 'draft',
    reason: null,
    revision: 1,
    priority: spec.priority,
    rank: null,
    attempt: 0,
    epoch: null,
    workerId: null,
    held: spec.hold,
    pending,
    notBefore: spec.notBefore,
    ...(spec.submit ? deadlines(classId, spec.limits, now) : { startBy: null, finishBy: null }),
    offerEndsAt: null,
    attemptEndsAt: null,
    startedAt: null,
    cancelRequestedAt: null,
    policy: policyOf(spec),
  };
  return spec.submit ? { ...live, ...place(live, now) } : live;
}

/** Limits are counted from submission. A job without work of its own has none: its children have theirs. */
export function deadlines(
  classId: number | null,
  limits: TimeLimits,
  now: number,
): Pick<LiveJob, 'startBy' | 'finishBy'> {
  const after = (ms: number | undefined): number | null =>
    ms === undefined || classId === null ? null : now + ms;
  return { startBy: after(limits.startWithinMs), finishBy: after(limits.totalMs) };
}

function documentOf(spec: JobSpec, after: readonly ResolvedDependency[]): JobDocument {
  return {
    command: spec.command,
    stdin: spec.stdin,
    directory: spec.directory,
    environment: spec.environment,
    parameters: spec.parameters,
    inputs: spec.inputs,
    outputs: spec.outputs,
    after: after.map(({ ref, kind }) => ({ job: ref, on: kind })),
    notBefore: spec.notBefore,
    resources: spec.resources,
    limits: spec.limits,
    retry: spec.retry,
    onLost: spec.onLost,
    metadata: spec.metadata,
  };
}

function jobValues(
  spec: JobSpec,
  at: Place,
  live: LiveJob | undefined,
  projectId: number,
  now: number,
): readonly Value[] {
  return [
    at.id,
    projectId,
    at.number,
    at.parentId,
    live?.classId ?? null,
    spec.task,
    spec.title,
    spec.owner,
    spec.queue,
    spec.priority,
    now,
    spec.submit ? now : null,
    spec.rerunOf,
  ];
}

function declaredFiles(spec: JobSpec, jobId: number): (readonly Value[])[] {
  return [
    ...spec.inputs.map((file): readonly Value[] => [
      jobId,
      'input',
      file.path,
      file.size ?? null,
      file.sha256 ?? null,
      null,
    ]),
    ...spec.outputs.map((file): readonly Value[] => [
      jobId,
      'output',
      file.path,
      file.size ?? null,
      file.sha256 ?? null,
      null,
    ]),
  ];
}
