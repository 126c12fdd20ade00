import { Fault } from '../faults.ts';

/**
 * What workers and servers say to each other, by number: it rises when an older side would misunderstand. A server also
 * speaks the one before, so that machines can be upgraded one after the other, in any order.
 */
const workerProtocol = { oldest: 1, newest: 1 } as const;

/**
 * A worker that is refused for this goes on asking, at other servers too: one of the two will be upgraded. One that does
 * not say what it speaks is taken at its word.
 */
export function checkProtocol(
  found: number | undefined,
  { oldest, newest }: { readonly oldest: number; readonly newest: number } = workerProtocol,
): void {
  if (found === undefined || (found >= oldest && found <= newest)) return;
  const older = found < oldest ? 'worker' : 'server';
  throw new Fault('protocol_unsupported', {
    detail: `The ${older} is too old for the other side`,
    field: 'protocol',
    found,
    expected: oldest === newest ? String(newest) : `${oldest} to ${newest}`,
  });
}
