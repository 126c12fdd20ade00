import type { FaultCode } from '../../../core/faults.ts';
import type { LiveJob } from '../../../core/jobs/job.ts';
import { readAttempt } from '../../../core/jobs/reference.ts';
import { deny, resume, type Stay, type Step, start } from '../../../core/jobs/steps.ts';
import { mayResume } from '../../../core/leases/held.ts';
import type { AttemptClaim, ConfirmAnswer } from '../../../ports/records/workers.ts';
import { applySteps } from '../apply-steps.ts';
import { liveOf } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { classById, knowProjects } from './know.ts';
import { tieAttempts } from './tie-inputs.ts';
import { mayStillRun, workerOf } from './workers.ts';

export interface Confirmation {
  readonly worker: number;
  readonly principal: string;
  readonly attempts: readonly AttemptClaim[];
}

/** Starts what is still this worker’s offer. Repeating a confirmation that was applied answers the same. */
export function* confirmAttempts(tx: Transaction, it: Confirmation): Script<ConfirmAnswer> {
  const worker = yield* workerOf(tx, it.worker, it.principal);
  const lives = yield* livesOf(tx, it.attempts);
  const started: string[] = [];
  const refused: { readonly attempt: string; readonly code: FaultCode }[] = [];
  const starts: Stay[] = [];
  const resumed: Step[] = [];
  const denials: Step[] = [];
  for (const { attempt, epoch } of it.attempts) {
    const place = readAttempt(attempt);
    const live = place === null ? undefined : lives.get(place.jobId);
    if (place === null) refused.push({ attempt, code: 'attempt_unknown' });
    else if (live === undefined || live.workerId !== worker.id || live.epoch !== epoch)
      refused.push({ attempt, code: 'epoch_stale' });
    else if (live.state === 'running' && live.attempt === place.attempt) started.push(attempt);
    else if (mayResume(live) && live.attempt === place.attempt) {
      const step = resume(live);
      lives.set(live.id, step.live);
      resumed.push(step);
      started.push(attempt);
    } else if (live.state !== 'offered' || (live.offerEndsAt ?? 0) <= tx.now)
      refused.push({ attempt, code: 'epoch_stale' });
    else if (yield* ownerMay(tx, live)) {
      const step = start(live, { workerId: worker.id, epoch }, tx.now);
      lives.set(live.id, step.live);
      starts.push(step);
      started.push(attempt);
    } else {
      lives.delete(live.id);
      denials.push(deny(live));
      refused.push({ attempt, code: 'forbidden' });
    }
  }
  yield* applySteps(tx, starts, 'jobs.started');
  yield* tieAttempts(
    tx,
    starts.map((step) => step.live),
  );
  yield* applySteps(tx, resumed);
  yield* applySteps(tx, denials);
  return { start: started, refused };
}

/** The unfinished jobs that these attempts are of, by job id. */
export function* livesOf(
  tx: Transaction,
  attempts: readonly { readonly attempt: string }[],
): Script<Map<number, LiveJob>> {
  const lives = new Map<number, LiveJob>();
  const unknown = new Set<number>();
  for (const { attempt } of attempts) {
    const id = readAttempt(attempt)?.jobId;
    if (id === undefined) continue;
    const known = tx.known.held(id);
    if (known === undefined) unknown.add(id);
    else lives.set(id, known);
  }
  if (unknown.size > 0)
    for (const row of yield* tx.select('list-live-by-id', [...unknown])) {
      const live = liveOf(row);
      lives.set(live.id, live);
    }
  yield* knowProjects(tx, [...lives.values()]);
  return lives;
}

function* ownerMay(tx: Transaction, live: LiveJob): Script<boolean> {
  const it = yield* classById(tx, live.classId ?? -1);
  return yield* mayStillRun(tx, it.owner, it.projectId);
}
