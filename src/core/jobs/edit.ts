import { Fault } from '../faults.ts';
import type { JobDocument } from './job.ts';

/** The refusal of locks on a job that is never with a worker. */
export function locksWithoutWork(field: string): Fault {
  return new Fault('invalid_field', {
    field,
    expected: 'a job with work of its own: its children lock by themselves',
  });
}

/** The document with these changes in it; null where they change nothing. */
export function editedDocument(
  before: JobDocument,
  changes: Partial<JobDocument>,
  task: string | null,
): JobDocument | null {
  const { atOnce, locks = [], ...others } = { ...before, ...changes };
  if (locks.length > 0 && others.command === null && task === null) throw locksWithoutWork('locks');
  const rest = locks.length === 0 ? others : { ...others, locks };
  // What has work of its own takes no state from children, and limits none.
  const after = rest.command === null && atOnce !== undefined ? { ...rest, atOnce } : rest;
  return JSON.stringify(after) === JSON.stringify(before) ? null : after;
}

/** What has children was given them as a job with work of its own, or as one without: so it stays. */
export function refuseOtherKind(number: string, hasChildren: boolean): void {
  if (hasChildren)
    throw new Fault('state_conflict', {
      detail: `Job ${number} has children: work of its own is neither given to it nor taken from it`,
      field: 'command',
      expected: 'a job without children',
    });
}
