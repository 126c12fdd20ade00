import type { LiveJob } from '../../../core/jobs/job.ts';
import { cancel, type Step } from '../../../core/jobs/steps.ts';
import { applySteps } from '../apply-steps.ts';
import { integer, liveOf } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { type Found, unfinished } from './find-job.ts';
import { knowProjects } from './know.ts';

/**
 * Cancels; children of a job without work of its own go with it. What is cancelled already stays so. `begun`: whose
 * cancellation began in earlier acts; they may have ended with the last of their children.
 */
export function* cancelJobs(
  tx: Transaction,
  found: readonly Found[],
  begun: readonly number[] = [],
): Script<void> {
  const ids = found.map(({ row }) => integer(row.id)).filter((id) => begun.includes(id));
  const lives = found
    .filter(({ row, live }) => row.state !== 'cancelled' && !(live === null && ids.includes(integer(row.id))))
    .map((it) => unfinished(it, 'cancel'));
  yield* cancelWithChildren(tx, lives);
  yield* tx.write(
    'set-cancelling',
    ids.map((id) => [id, null]),
  );
}

export function* cancelWithChildren(tx: Transaction, lives: readonly LiveJob[]): Script<void> {
  const targets = new Map(lives.map((live) => [live.id, live]));
  let parents = [...targets.values()].filter((live) => live.classId === null);
  while (parents.length > 0) {
    const children = (yield* tx.select(
      'list-live-children',
      parents.map((live) => live.id),
    )).map(liveOf);
    parents = children.filter((live) => live.classId === null && !targets.has(live.id));
    for (const live of children) targets.set(live.id, live);
  }
  yield* knowProjects(tx, [...targets.values()]);
  const parentsAtWork = [...targets.values()].filter(
    (live) => live.classId === null && live.state === 'running',
  );
  yield* applySteps(
    tx,
    [...targets.values()]
      .filter((live) => !parentsAtWork.includes(live))
      .flatMap((live) => cancelStep(tx, live)),
  );
  // Parents end by themselves with their last child; those that are still at work are marked.
  const still =
    parentsAtWork.length === 0
      ? []
      : yield* tx.select(
          'list-live-by-id',
          parentsAtWork.map((live) => live.id),
        );
  yield* applySteps(
    tx,
    still.map(liveOf).flatMap((live) => cancelStep(tx, live)),
  );
}

function cancelStep(tx: Transaction, live: LiveJob): readonly Step[] {
  const step = cancel(live, tx.now);
  if (step !== null && live.workerId !== null) tx.wakeWorker(live.workerId);
  return step === null ? [] : [step];
}
