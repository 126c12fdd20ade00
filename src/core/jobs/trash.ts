/** What moves to the trash and back goes with its children; what is purged is gone. */
import { Fault } from '../faults.ts';
import { type JobPlace, writeReference } from './reference.ts';
import type { JobState } from './states.ts';

/** Refuses to move to the trash what runs. */
export function refuseAtWork(place: JobPlace, state: JobState): void {
  if (state === 'running' || state === 'lost')
    throw new Fault('state_conflict', {
      detail: `Job ${writeReference(place)} runs and cannot be deleted; cancel it and wait`,
      found: state,
      expected: 'a job that does not run',
    });
}

/** Refuses to take a job out of the trash while its parent stays there. */
export function refuseBelowTrashed(place: JobPlace, parent: string): never {
  throw new Fault('state_conflict', {
    detail: `The parent of ${writeReference(place)} is in the trash, too: restore that one`,
    found: parent,
    expected: 'a parent that is not in the trash',
  });
}

/** Refuses to purge what is not in the trash. */
export function refuseOutsideTrash(place: JobPlace): never {
  throw new Fault('state_conflict', {
    detail: `Job ${writeReference(place)} cannot be purged`,
    found: 'outside the trash',
    expected: 'a job that is in the trash',
  });
}

/** So many of those who rest on a job are named. */
export const restingNamed = 10;

/** Refuses to purge what others rest on; of many, the first are named. */
export function refuseInUse(resting: readonly string[]): void {
  if (resting.length === 0) return;
  const more = resting.length > restingNamed ? ' …' : '';
  throw new Fault('job_in_use', {
    detail: `Other jobs rest on it: ${resting.slice(0, restingNamed).join(', ')}${more}`,
  });
}
