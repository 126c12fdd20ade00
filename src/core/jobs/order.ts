/**
 * Circles: jobs that would wait for each other, so that none could ever run. A job waits for those that it comes after,
 * and a job without work of its own for its children.
 */
import { Fault } from '../faults.ts';
import type { JobSpec } from './job.ts';

/** A job that is to be inserted, or brought back: what it will wait for, and who will wait for it. */
export interface Newcomer {
  /** Its id; any number below zero for one that has none yet. */
  readonly id: number;
  /** What it comes after and is not met. */
  readonly after: readonly {
    readonly id: number;
    readonly named: string | number;
    readonly field?: string;
  }[];
  /** Its parent, if that has no work of its own. */
  readonly container: number | null;
}

/** One unfinished job waits for another. */
export interface Wait {
  readonly job: number;
  readonly on: number;
}

/** So many jobs that wait are looked at for a circle; one that leads through more of them is not seen. */
export const waitsLookedAt = 10_000;

/** Refuses a request in which dependencies by index close a circle. */
export function refuseCycles(jobs: readonly Pick<JobSpec, 'after'>[]): void {
  const onward = jobs.map(({ after }, index) =>
    after.flatMap(({ job }, position) =>
      typeof job === 'number' ? [checkIndex(job, jobs.length, `jobs[${index}].after[${position}].job`)] : [],
    ),
  );
  const circle = findCircle(onward.keys(), (index) => onward[index] ?? []);
  if (circle !== null)
    throw new Fault('dependency_cycle', {
      field: `jobs[${circle.at(-1)}].after`,
      found: [...circle, circle[0]],
    });
}

/**
 * The jobs from which a circle through a newcomer can only come back: who waits for them is to be read before
 * `refuseCircles` is asked. None, unless some newcomer has a parent without work of its own and something to wait for.
 */
export function whoseWaits(newcomers: readonly Newcomer[]): readonly number[] {
  const starts = newcomers.filter((it) => it.container !== null && it.after.length > 0);
  if (starts.length === 0) return [];
  const ids = newcomers.flatMap(({ id, container }) => [id, ...(container === null ? [] : [container])]);
  return [...new Set(ids.filter((id) => id >= 0))];
}

/** Refuses newcomers that would wait for jobs which wait for them, by way of a parent without work of its own. */
export function refuseCircles(newcomers: readonly Newcomer[], waits: readonly Wait[]): void {
  const onward = Map.groupBy(
    [
      ...waitsFor(whoseWaits(newcomers), waits),
      ...newcomers.flatMap(({ id, after }) => after.map((it): Wait => ({ job: id, on: it.id }))),
      ...newcomers.flatMap(({ id, container }): Wait[] =>
        container === null ? [] : [{ job: container, on: id }],
      ),
    ],
    ({ job }) => job,
  );
  const circle = findCircle(
    newcomers.map(({ id }) => id),
    (job) => (onward.get(job) ?? []).map(({ on }) => on),
  );
  if (circle === null) return;
  const closing = newcomers
    .flatMap(({ id, after }) => after.map((it) => ({ from: id, ...it })))
    .find(
      ({ from, id }) => circle.includes(from) && circle[(circle.indexOf(from) + 1) % circle.length] === id,
    );
  throw new Fault('dependency_cycle', {
    detail: 'A job would wait for itself: a parent without work of its own waits for its children',
    ...(closing?.field === undefined ? {} : { field: closing.field }),
    found: closing?.named,
    expected: 'a job that waits neither for this one nor for its parent',
  });
}

/** Those of the waits that lead to these jobs, in any number of steps. */
function waitsFor(jobs: readonly number[], waits: readonly Wait[]): readonly Wait[] {
  const byTarget = Map.groupBy(waits, ({ on }) => on);
  const reached = new Set(jobs);
  for (const job of reached) for (const wait of byTarget.get(job) ?? []) reached.add(wait.job);
  return waits.filter(({ on }) => reached.has(on));
}

/** A circle that can be reached from `starts`, in the order of waiting; null if there is none. */
function findCircle(
  starts: Iterable<number>,
  onward: (node: number) => readonly number[],
): readonly number[] | null {
  const seen = new Map<number, 'open' | 'done'>();
  for (const start of starts) {
    if (seen.has(start)) continue;
    const path = [{ node: start, targets: onward(start).values() }];
    seen.set(start, 'open');
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.targets.next();
      if (next.done === true) {
        seen.set(top.node, 'done');
        path.pop();
        continue;
      }
      const known = seen.get(next.value);
      if (known === 'open')
        return path.slice(path.findIndex(({ node }) => node === next.value)).map(({ node }) => node);
      if (known === 'done') continue;
      seen.set(next.value, 'open');
      path.push({ node: next.value, targets: onward(next.value).values() });
    }
  }
  return null;
}

function checkIndex(index: number, length: number, field: string): number {
  if (!Number.isInteger(index) || index < 0 || index >= length)
    throw new Fault('dependency_unknown', {
      field,
      found: index,
      expected: `an index from 0 to ${length - 1}`,
    });
  return index;
}
