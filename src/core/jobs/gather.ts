import type { EndReason, JobState } from './states.ts';

/** How many children of a job without work of its own are unfinished, and how the others ended. */
export interface Children {
  readonly open: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

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
