/** What is told of the end of an attempt, against what is on record. */
import { Fault } from '../faults.ts';
import type { AttemptOutcome } from './job.ts';

/** Whether an attempt ended as it is told now. A failure after a request to cancel is a cancellation. */
export function endedSo(ended: string | null, told: AttemptOutcome | 'returned'): boolean {
  return ended === told || (ended === 'cancelled' && told === 'failed');
}

/** The refusal of one who speaks for an attempt that a worker of somebody else holds, or held. */
export function notYours(attempt: string): Fault {
  return new Fault('forbidden', {
    field: 'attempt',
    found: attempt,
    expected: 'an attempt of a worker of yours',
  });
}
