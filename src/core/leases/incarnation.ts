import { Fault } from '../faults.ts';

/**
 * Epochs of an incarnation begin at its first second times 2^20, and above every epoch of the one before. So two
 * storages restored from one backup at different times never give the same epoch, and 2^53 is not reached before the
 * year 2242.
 */
export function firstEpoch(now: number, greatestBefore: number): number {
  return Math.max(Math.floor(now / 1000) * 2 ** 20, greatestBefore + 2 ** 20);
}

/**
 * Workers of before may be at work, on jobs that the restored record has as not begun and under locks that it has as
 * free, until their leases are over: so long after its beginning an incarnation hands out nothing, neither jobs nor
 * locks. The first one of a storage (null) has nobody to wait for.
 */
export function handsOutNothing(now: number, begunAt: number | null, leaseMs: number): boolean {
  return handsOutInMs(now, begunAt, leaseMs) !== null;
}

/** How long it still hands out nothing; null if it does hand out. */
export function handsOutInMs(now: number, begunAt: number | null, leaseMs: number): number | null {
  if (begunAt === null || now - begunAt >= leaseMs) return null;
  return Math.min(begunAt + leaseMs - now, leaseMs);
}

/** Refuses a session, without which nobody is given a lock, while nothing is handed out. */
export function refuseSession(now: number, begunAt: number | null, leaseMs: number): void {
  const pollAfterMs = handsOutInMs(now, begunAt, leaseMs);
  if (pollAfterMs === null) return;
  throw new Fault('storage_restored', {
    detail: `The storage was restored, or failed over, a moment ago; locks are given again in ${Math.ceil(pollAfterMs / 1_000)} s`,
    facts: { pollAfterMs },
  });
}

/** How far job numbers, and the numbers of children, jump at a restore: more than were given since any usual backup. */
export const numbersJump = 10_000;
/** The same for the ids that attempts are named by. */
export const idsJump = 1_000_000;
