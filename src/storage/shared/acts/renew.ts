import type { ProgressSaid } from '../../../core/jobs/job.ts';
import { resume, type Step } from '../../../core/jobs/steps.ts';
import { attemptInHand, isForgone } from '../../../core/leases/held.ts';
import { saysNothing } from '../../../core/tasks/progress.ts';
import type { ProgressReport, RenewAnswer } from '../../../ports/records/workers.ts';
import { applySteps } from '../apply-steps.ts';
import { liveOf } from '../rows.ts';
import type { Script, Value } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { knowProjects } from './know.ts';
import { renewLease, workerOf } from './workers.ts';

export interface Renewal {
  readonly worker: number;
  readonly principal: string;
  readonly progress: readonly ProgressReport[];
}

/** A row of set-progress. */
export function progressRow(tx: Transaction, jobId: number, said: ProgressSaid): readonly Value[] {
  const { fraction, text, counts } = said;
  const bounded = fraction === null ? null : Math.min(1, Math.max(0, fraction));
  return [jobId, bounded, text, counts === null ? null : JSON.stringify(counts), tx.now];
}

/** One lease for the worker, whatever it holds; progress never goes backwards. */
export function* renewAttempts(tx: Transaction, it: Renewal): Script<RenewAnswer> {
  const worker = yield* workerOf(tx, it.worker, it.principal);
  const held = new Map(
    (yield* tx.select('list-held', worker.id))
      .map(liveOf)
      .map((live) => [`${attemptInHand(live)}@${live.epoch}`, live]),
  );
  yield* knowProjects(tx, [...held.values()]);
  const lost: string[] = [];
  const progress: (readonly Value[])[] = [];
  const resumed: Step[] = [];
  for (const { attempt, epoch, ...said } of it.progress) {
    const live = held.get(`${attempt}@${epoch}`);
    if (live === undefined || live.state === 'offered' || isForgone(live)) {
      lost.push(attempt);
      continue;
    }
    if (live.state === 'lost') resumed.push(resume(live));
    if (!saysNothing(said)) progress.push(progressRow(tx, live.id, said));
  }
  yield* renewLease(tx, worker, true);
  yield* tx.write('set-progress', progress);
  yield* applySteps(tx, resumed);
  const cancel = [...held.values()]
    .filter((live) => live.state !== 'offered' && live.cancelRequestedAt !== null)
    .map(attemptInHand);
  return { leaseMs: tx.durations.leaseMs, cancel, lost };
}
