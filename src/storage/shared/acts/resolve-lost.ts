import { type Resolution, resolve } from '../../../core/jobs/steps.ts';
import { applySteps } from '../apply-steps.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { type Found, unfinished } from './find-job.ts';

/** A person says what became of lost jobs. */
export function* resolveJobs(tx: Transaction, found: readonly Found[], resolution: Resolution): Script<void> {
  const steps = found.map((it) => {
    const told = { by: tx.actor, isRecorded: it.row.origin === 'recorded' };
    return resolve(unfinished(it, 'resolve'), resolution, told, tx.now);
  });
  yield* applySteps(tx, steps);
}
