import { Fault } from './faults.ts';

/** Refuses a change that was made to another revision than the current one; null: to any. */
export function refuseStale(read: number | null, current: number): void {
  if (read !== null && read !== current)
    throw new Fault('revision_stale', { field: 'revision', found: read, expected: String(current) });
}
