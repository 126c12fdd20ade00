import { countOf, gathered, reopened } from '../../../core/jobs/gather.ts';
import type { EndedJob, LiveJob } from '../../../core/jobs/job.ts';
import type { Step } from '../../../core/jobs/steps.ts';
import { applySteps, childrenOf, childrenValues } from '../apply-steps.ts';
import { endedOf, identityOf, integer, liveOf, liveValues } from '../rows.ts';
import type { Script, Value } from '../script.ts';
import type { Transaction } from '../transaction.ts';

/**
 * Counts jobs that were added, or came back from an end, for their parents without work of their own; a parent that
 * had ended is opened again, unless it is in the trash. `endedAs` tells, for those that came back, what they were
 * counted as before.
 */
export function* adoptChildren(
  tx: Transaction,
  children: readonly LiveJob[],
  endedAs?: ReadonlyMap<number, EndedJob['state']>,
): Script<void> {
  const parentIds = [...new Set(children.flatMap((child) => child.parentId ?? []))];
  if (parentIds.length === 0) return;
  const rows = yield* tx.select('list-counted-parents', parentIds);
  const counts: (readonly Value[])[] = [];
  const steps: Step[] = [];
  const revived: LiveJob[] = [];
  const before = new Map<number, EndedJob['state']>();
  for (const row of rows) {
    const id = integer(row.id);
    const counted = childrenOf(row);
    for (const child of children.filter((it) => it.parentId === id)) {
      counted.open += 1;
      const was = endedAs?.get(child.id);
      if (was !== undefined) counted[countOf(was)] -= 1;
    }
    counts.push(childrenValues(id, counted));
    if (row.trashed_at !== null) continue;
    const live = row.job_id === null ? reopened(endedOf(row), identityOf(row)) : liveOf(row);
    if (row.job_id === null) {
      const { state } = endedOf(row);
      revived.push(live);
      before.set(id, state);
      tx.tally(live.projectId, state, -1);
    }
    const step = gathered(live, counted);
    if (step !== null) steps.push(step);
  }
  yield* tx.write('update-containers', counts);
  yield* tx.write(
    'reopen-jobs',
    revived.map((live) => [live.id, tx.now]),
  );
  yield* tx.write('insert-live', revived.map(liveValues));
  yield* applySteps(tx, steps);
  yield* adoptChildren(tx, revived, before);
}

/** Brings jobs without work of their own to where the children stand that they have already. */
export function* gatherOwn(tx: Transaction, jobs: readonly LiveJob[]): Script<void> {
  const parents = jobs.filter((live) => live.classId === null);
  if (parents.length === 0) return;
  const steps: Step[] = [];
  for (const row of yield* tx.select(
    'list-containers',
    parents.map((live) => live.id),
  )) {
    const step = gathered(liveOf(row), childrenOf(row));
    if (step !== null) steps.push(step);
  }
  yield* applySteps(tx, steps);
}
