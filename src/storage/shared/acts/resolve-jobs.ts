/** What new jobs name: jobs to come after, parents; and the places that they get. */
import { Fault } from '../../../core/faults.ts';
import type { DependencyKind, JobSpec } from '../../../core/jobs/job.ts';
import {
  type Newcomer,
  refuseCircles,
  type Wait,
  waitsLookedAt,
  whoseWaits,
} from '../../../core/jobs/order.ts';
import { judgeDependency } from '../../../core/jobs/place.ts';
import { readReference, refuseTooDeep, writeReference } from '../../../core/jobs/reference.ts';
import { integer, integerOrNull, stateOf, text } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';

export interface ResolvedDependency {
  readonly onId: number;
  readonly ref: string;
  readonly kind: DependencyKind;
  readonly verdict: 'met' | 'pending' | 'impossible';
}

interface Earlier {
  readonly row: Row;
  readonly ref: string;
}

interface Parent {
  readonly id: number;
  readonly number: string;
  readonly isContainer: boolean;
  /** So many of its children are with workers at one time, at most. */
  readonly atOnce: number | null;
  /** The last number that was given to a child. */
  readonly given: number;
}

/** What the jobs of a request name, by the name that they use. */
export interface Named {
  readonly earlier: ReadonlyMap<string, Earlier>;
  readonly parents: ReadonlyMap<string, Parent>;
}

export interface PlacedJob {
  readonly spec: JobSpec;
  readonly id: number;
  readonly number: string;
  readonly parentId: number | null;
  readonly after: readonly ResolvedDependency[];
}

/** Finds what the jobs name, and refuses those that would wait for themselves. */
export function* resolve(
  tx: Transaction,
  project: string,
  projectId: number,
  specs: readonly JobSpec[],
): Script<Named> {
  const named = {
    earlier: yield* resolveReferences(tx, specs, project),
    parents: yield* resolveParents(tx, projectId, specs),
  };
  yield* refuseCirclesOf(
    tx,
    specs.map((spec, index) => newcomer(spec, index, named)),
  );
  return named;
}

/** Reads who waits for the newcomers, where that matters, and refuses a circle. */
export function* refuseCirclesOf(tx: Transaction, newcomers: readonly Newcomer[]): Script<void> {
  const ids = whoseWaits(newcomers);
  if (ids.length === 0) return;
  const rows = yield* tx.select('list-waits', ids, waitsLookedAt);
  const waits = rows.map((row): Wait => ({ job: integer(row.job_id), on: integer(row.on_id) }));
  refuseCircles(newcomers, waits);
}

/** A job without an id yet is known by its place in the request, counted downwards from −1. */
function newcomer(spec: JobSpec, index: number, { earlier, parents }: Named): Newcomer {
  const parent = spec.parent === null ? undefined : parents.get(spec.parent);
  return {
    id: -1 - index,
    container: parent?.isContainer === true ? parent.id : null,
    after: spec.after.flatMap(({ job, on }, position): Newcomer['after'] => {
      const field = `jobs[${index}].after[${position}].job`;
      if (typeof job === 'number') return [{ id: -1 - job, named: job, field }];
      const { onId, verdict } = judged(on, earlier.get(job));
      return verdict === 'met' ? [] : [{ id: onId, named: job, field }];
    }),
  };
}

/** Two dependencies on one job count once; the later word holds. */
export function distinct(after: readonly ResolvedDependency[]): readonly ResolvedDependency[] {
  return [...new Map(after.map((it) => [it.onId, it])).values()];
}

function judged(kind: DependencyKind, target: Earlier | undefined): ResolvedDependency {
  if (target === undefined) throw new Error('a dependency was not resolved');
  const state = stateOf(target.row.live_state ?? target.row.state);
  return { onId: integer(target.row.id), ref: target.ref, kind, verdict: judgeDependency(kind, state) };
}

function* resolveReferences(
  tx: Transaction,
  specs: readonly JobSpec[],
  project: string,
): Script<ReadonlyMap<string, Earlier>> {
  const found = new Map<string, Earlier>();
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

function* resolveParents(
  tx: Transaction,
  projectId: number,
  specs: readonly JobSpec[],
): Script<ReadonlyMap<string, Parent>> {
  const parents = new Map<string, Parent>();
  for (const [index, spec] of specs.entries()) {
    if (spec.parent === null || parents.has(spec.parent)) continue;
    const field = `jobs[${index}].parent`;
    refuseTooDeep(spec.parent, field);
    const row = yield* tx.selectOne('find-parent', projectId, spec.parent);
    if (row === undefined)
      throw new Fault('job_unknown', { field, found: spec.parent, expected: 'a job of this project' });
    if (row.trashed_at !== null)
      throw new Fault('state_conflict', {
        field,
        found: spec.parent,
        expected: 'a job that is not in the trash',
      });
    parents.set(spec.parent, {
      id: integer(row.id),
      number: spec.parent,
      isContainer: row.class_id === null,
      atOnce: integerOrNull(row.at_once),
      given: integer(row.children),
    });
  }
  return parents;
}

/** Gives ids and numbers: a counter per project, and one per parent; none is given twice. */
export function* givePlaces(
  tx: Transaction,
  project: Row,
  specs: readonly JobSpec[],
  { earlier, parents }: Named,
): Script<readonly PlacedJob[]> {
  let nextNumber = integer(project.next_number);
  const given = new Map<number, number>();
  const numbers = specs.map(({ parent: name }) => {
    const parent = name === null ? undefined : parents.get(name);
    if (parent === undefined) return String(nextNumber++);
    const child = (given.get(parent.id) ?? parent.given) + 1;
    given.set(parent.id, child);
    return `${parent.number}.${child}`;
  });
  if (nextNumber !== project.next_number)
    yield* tx.write('set-next-number', [[integer(project.id), nextNumber]]);
  yield* tx.write('set-children', [...given]);
  const firstId = tx.takeJobIds(specs.length);
  const projectName = text(project.name);
  const within = (index: number, kind: DependencyKind): ResolvedDependency => {
    const number = numbers[index];
    if (number === undefined) throw new RangeError(`no job ${index} in the request`);
    const ref = writeReference({ project: projectName, number });
    return { onId: firstId + index, ref, kind, verdict: 'pending' };
  };
  return numbers.map((number, index): PlacedJob => {
    const spec = specs[index];
    if (spec === undefined) throw new RangeError(`no job ${index} in the request`);
    return {
      spec,
      id: firstId + index,
      number,
      parentId: (spec.parent === null ? undefined : parents.get(spec.parent)?.id) ?? null,
      after: spec.after.map(({ job, on }) =>
        typeof job === 'number' ? within(job, on) : judged(on, earlier.get(job)),
      ),
    };
  });
}
