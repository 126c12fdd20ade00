/**
 * A parent with very many children is cancelled in several acts, so that nobody waits long for the writer: slices of
 * its children first, the parent and the last of them in the end. It is marked with the first slice, and ends with its
 * last child. What a server leaves between two slices is brought to its end by the next sweep.
 */
import type { LiveJob } from '../../../core/jobs/job.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';
import { cancel, type Step } from '../../../core/jobs/steps.ts';
import type { Actor } from '../../../ports/storage.ts';
import { applySteps } from '../apply-steps.ts';
import { integer, liveOf, text } from '../rows.ts';
import { type Script, select, selectOne } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { cancelWithChildren } from './cancel-jobs.ts';
import { knowProjects } from './know.ts';

export const childrenAtOnce = 1_000;

/** Whether an act was answered before, under its idempotency key: then it is not done again. */
export function* isAnswered({ principal, idempotency }: Actor): Script<boolean> {
  if (idempotency === undefined) return false;
  return (yield* selectOne('find-answer', principal, idempotency.route, idempotency.key)) !== undefined;
}

/** Which of these jobs, without work of their own, have more unfinished jobs below them than one act cancels. */
export function* crowded(ids: readonly number[]): Script<readonly number[]> {
  const found: number[] = [];
  for (const row of ids.length === 0 ? [] : yield* select('list-open-parents', ids)) {
    const id = integer(row.job_id);
    if ((yield* belowOf([id], childrenAtOnce)).length > childrenAtOnce) found.push(id);
  }
  return found;
}

/** The same by their places; none where one of them cannot be cancelled, for that refuses all. */
export function* crowdedAt(places: readonly JobPlace[]): Script<readonly number[]> {
  const ids: number[] = [];
  for (const { project, number } of places) {
    const row = yield* selectOne('find-job', project, number);
    if (row === undefined || (row.live_state === null && row.state !== 'cancelled')) return [];
    ids.push(integer(row.id));
  }
  return yield* crowded(ids);
}

/** Cancels a slice of the jobs below one; one at least is left. Tells whether another slice is needed. */
export function* cancelSlice(tx: Transaction, id: number): Script<boolean> {
  const row = yield* tx.selectOne('find-live', id);
  if (row === undefined) return false;
  const parent = liveOf(row);
  yield* tx.write('set-cancelling', [[id, tx.actor]]);
  const below = yield* belowOf([id], childrenAtOnce);
  const slice = below.slice(0, Math.min(childrenAtOnce, below.length - 1));
  yield* knowProjects(tx, [parent, ...slice]);
  yield* applySteps(tx, stepsOf(tx, parent.state === 'running' ? [parent] : []));
  yield* applySteps(tx, stepsOf(tx, slice));
  return below.length > childrenAtOnce;
}

/** Whose cancellations have begun, and by whom. */
export function* begunCancellations(): Script<readonly { readonly id: number; readonly by: string }[]> {
  const rows = yield* select('list-cancelling');
  return rows.map((row) => ({ id: integer(row.job_id), by: text(row.cancelling_by) }));
}

/** Cancels what is left after the slices. */
export function* cancelRest(tx: Transaction, id: number): Script<void> {
  const row = yield* tx.selectOne('find-live', id);
  if (row !== undefined) yield* cancelWithChildren(tx, [liveOf(row)]);
  yield* tx.write('set-cancelling', [[id, null]]);
}

function stepsOf(tx: Transaction, lives: readonly LiveJob[]): readonly Step[] {
  return lives.flatMap((live) => cancel(live, tx.now) ?? []);
}

/** Jobs that no worker has, below others without work of their own: those with work, and one more than so many. */
function* belowOf(ids: readonly number[], limit: number): Script<readonly LiveJob[]> {
  const found: LiveJob[] = [];
  const seen = new Set(ids);
  for (let level = ids; level.length > 0 && found.length <= limit; ) {
    const rows = yield* select('list-cancellable-below', level, limit + 1 - found.length);
    found.push(...rows.map(liveOf));
    const parents = (yield* select('list-open-parents-below', level)).map((row) => integer(row.job_id));
    level = parents.filter((id) => !seen.has(id));
    for (const id of level) seen.add(id);
  }
  return found;
}
