import type { Principal } from '../../../core/access/roles.ts';
import { Fault } from '../../../core/faults.ts';
import type { ProgressSaid } from '../../../core/jobs/job.ts';
import type { AttemptClaim } from '../../../ports/records/workers.ts';
import { liveOf } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { runOf } from './end-run.ts';
import { knowProjects } from './know.ts';
import { hearRun } from './record-run.ts';
import { progressRow } from './renew.ts';

export interface RunRenewal extends AttemptClaim {
  readonly by: Principal;
  readonly progress: ProgressSaid | null;
}

/** Extends the lease of a run, and keeps how far it is. */
export function* renewRun(
  tx: Transaction,
  it: RunRenewal,
): Script<{ readonly leaseMs: number; readonly cancel: boolean }> {
  const { jobId, attempt, leaseMs } = yield* runOf(tx, it);
  const row = yield* tx.selectOne('find-live', jobId);
  const live = row === undefined ? null : liveOf(row);
  if (live === null || live.epoch !== it.epoch || live.attempt !== attempt)
    throw new Fault('epoch_stale', { field: 'epoch', found: it.epoch });
  yield* knowProjects(tx, [live]);
  const heard = yield* hearRun(tx, live, leaseMs);
  if (it.progress !== null) yield* tx.write('set-progress', [progressRow(tx, jobId, it.progress)]);
  return { leaseMs, cancel: heard.cancelRequestedAt !== null };
}
