/** What a worker holds, against what the record says it holds. */
import type { LiveJob } from '../jobs/job.ts';
import { writeAttempt } from '../jobs/reference.ts';
import { lose, type Moment, resume, type Step, takeBack } from '../jobs/steps.ts';

/** The attempt in a worker’s hands. It is counted when it starts: the one on offer is the next. */
export function attemptInHand(live: LiveJob): string {
  return writeAttempt(live.id, live.state === 'offered' ? live.attempt + 1 : live.attempt);
}

/**
 * What a worker says it holds is the truth: what it does not name is no longer with it. Null: they agree. `seen` is the
 * highest epoch that the worker had been told when it said so, if it tells that: a claim that was on its way for long,
 * or came twice, says nothing of what was given later.
 */
export function reconcile(
  live: LiveJob,
  said: 'offered' | 'running' | 'finished' | undefined,
  moment: Moment,
  seen: number | null = null,
): Step | null {
  if (said === undefined && live.state === 'offered') return takeBack(live, moment.now);
  if (said === undefined && live.state === 'running')
    return isNewer(live, seen) ? null : lose(live, 'worker_forgot', moment);
  if (said !== undefined && said !== 'finished' && mayResume(live)) return resume(live);
  return null;
}

/** What a worker that keeps no list says of an attempt: it has what it started, and no offer. */
export function saidOfStarted({ state }: Pick<LiveJob, 'state'>): 'finished' | undefined {
  // Not `running`: of an attempt that was lost nothing was heard by this.
  return state === 'offered' ? undefined : 'finished';
}

function isNewer({ epoch }: LiveJob, seen: number | null): boolean {
  return seen !== null && (epoch ?? 0) > seen;
}

/** Whether a lost attempt that was heard of again goes on. One that held locks lost them: it is to stop. */
export function mayResume({ state, policy }: Pick<LiveJob, 'state' | 'policy'>): boolean {
  return state === 'lost' && policy.locks !== true;
}

/** Whether a worker is told to give up what it names: the record knows nothing of it, or it lost its locks. */
export function isForgone(live: LiveJob): boolean {
  return live.state === 'lost' && !mayResume(live);
}

/** After a restore, a job whose policy is to ask stays lost, but a report of before cannot settle it any more. */
export function outOfReach(step: Step): Step {
  if (step.kind === 'end' || step.live.state !== 'lost') return step;
  return { ...step, live: { ...step.live, epoch: null, workerId: null } };
}

/** Whether a claim extends the worker’s lease: one that is fresh enough is left alone, to save the write. */
export function needsRenewal(
  worker: { readonly lost: boolean; readonly leaseEndsAt: number },
  now: number,
  leaseMs: number,
): boolean {
  return worker.lost || worker.leaseEndsAt - now <= (leaseMs * 5) / 6;
}
