/** Jobs without work of their own: they take their state from their children. */
import type { Children, EndedJob, LiveJob } from './job.ts';
import { type Identity, plainPolicy, untouched } from './new-job.ts';
import { type EndReason, isFinal, isLegal, type JobState } from './states.ts';
import type { Step } from './steps.ts';

/** The state of a job that has no work of its own: that of its children together. */
export function gather(children: Children): {
  readonly state: JobState;
  readonly reason: EndReason | 'children' | null;
} {
  const ended = children.succeeded + children.failed + children.cancelled;
  if (children.open > 0) return { state: 'running', reason: null };
  if (ended === 0) return { state: 'waiting', reason: 'children' };
  if (children.failed > 0) return { state: 'failed', reason: 'children_failed' };
  if (children.succeeded === 0) return { state: 'cancelled', reason: 'children_cancelled' };
  return { state: 'succeeded', reason: null };
}

/**
 * The step that brings a job without work of its own to the state of its children; null if it is there. A draft stays
 * one until it is submitted, and what is held until it is released.
 */
export function gathered(live: LiveJob, children: Children): Step | null {
  if (live.state === 'draft' || live.held) return null;
  const { state, reason } = gather(children);
  // Without children it waits for what else is missing, too: that is for place to say.
  if (state === live.state || state === 'waiting') return null;
  if (!isLegal(live.state, 'gather', state))
    throw new Error(`illegal move of a job: ${live.state} --gather--> ${state}`);
  if (isFinal(state))
    return {
      kind: 'end',
      from: live,
      state,
      reason: reason === 'children' ? null : reason,
      exitCode: null,
      attempt: null,
    };
  if (state !== 'running') throw new Error(`children never make a parent ${state}`);
  const running: LiveJob = { ...live, state, reason: null, rank: null, revision: live.revision + 1 };
  return { kind: 'stay', from: live.state, live: running, attempt: null };
}

/** The row of an ended job without work of its own whose children go on; what it waited for lies behind it. */
export function reopened(ended: EndedJob, identity: Identity): LiveJob {
  return {
    ...untouched({ ...identity, classId: null }),
    state: 'waiting',
    reason: 'children',
    rank: null,
    readyAt: null,
    revision: ended.revision,
    attempt: 0,
    policy: plainPolicy,
  };
}

/** How children stand, given how many are in which state. */
export function childrenIn(states: Iterable<readonly [JobState, number]>): Children {
  const children = { open: 0, succeeded: 0, failed: 0, cancelled: 0 };
  for (const [state, many] of states) children[countOf(state)] += many;
  return children;
}

/** Which count a child’s end adds to. */
export function countOf(state: JobState): keyof Children {
  switch (state) {
    case 'succeeded':
      return 'succeeded';
    case 'cancelled':
      return 'cancelled';
    case 'failed':
    case 'expired':
    case 'denied':
      return 'failed';
    default:
      return 'open';
  }
}
