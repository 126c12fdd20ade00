import { rankOf } from '../dispatch/rank.ts';
import type { DependencyKind, LiveJob } from './job.ts';
import { isFinal, type JobState, type WaitReason } from './states.ts';

type Place = Pick<LiveJob, 'state' | 'reason' | 'rank' | 'readyAt'>;

/** Where a submitted job that is not with a worker belongs now: ready, or waiting for the first thing missing. */
export function place(live: LiveJob, now: number): Place {
  const reason = missing(live, now);
  return reason === null ? ready(live, now) : { state: 'waiting', reason, rank: null, readyAt: null };
}

/** The same for a job that was with a worker for nothing: it is as old as it was before. */
export function placeBack(live: LiveJob, now: number): Place {
  const placed = place(live, now);
  return placed.state === 'ready' ? ready(live, live.readyAt ?? now) : placed;
}

function ready(live: LiveJob, readyAt: number): Place {
  return { state: 'ready', reason: null, rank: rankOf(readyAt, live.priority), readyAt };
}

function missing(live: LiveJob, now: number): WaitReason | null {
  if (live.held) return 'held';
  if (live.pending > 0) return 'dependency';
  if (live.notBefore !== null && live.notBefore > now) return live.attempt > 0 ? 'retry_delay' : 'time';
  if (live.classId === null) return 'children';
  return null;
}

/** What a dependency on a job in this state says: met, still to come, or never to be met. */
export function judgeDependency(kind: DependencyKind, state: JobState): 'met' | 'pending' | 'impossible' {
  if (!isFinal(state)) return 'pending';
  if (kind === 'any') return 'met';
  return (state === 'succeeded') === (kind === 'success') ? 'met' : 'impossible';
}

/** The next instant (ms) at which time alone changes this job; null if only somebody’s act can. */
export function dueAt(live: LiveJob): number | null {
  const instants: (number | null)[] = [];
  switch (live.state) {
    case 'waiting':
    case 'ready':
      instants.push(live.finishBy);
      if (live.attempt === 0) instants.push(live.startBy);
      if (live.reason === 'time' || live.reason === 'retry_delay') instants.push(live.notBefore);
      break;
    case 'offered':
      instants.push(live.finishBy, live.offerEndsAt);
      if (live.attempt === 0) instants.push(live.startBy);
      break;
    case 'running':
      instants.push(live.leaseEndsAt);
      if (live.cancelRequestedAt === null) instants.push(live.finishBy, live.attemptEndsAt);
      break;
    case 'draft':
    case 'lost':
      break;
  }
  const known = instants.filter((instant) => instant !== null);
  return known.length === 0 ? null : Math.min(...known);
}
