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
 * free, until their leases are over: so long an incarnation hands out nothing, neither jobs nor locks. Since when it does
 * not, after a sweep; null once it does. A gap counts for nothing, as with every lease, so only a sweep can tell the end.
 */
export function restAfter(
  restoredAt: number,
  {
    now,
    extensionMs,
    leaseMs,
  }: { readonly now: number; readonly extensionMs: number; readonly leaseMs: number },
): number | null {
  const since = Math.min(restoredAt + extensionMs, now);
  return now - since < leaseMs ? since : null;
}

/** How long (ms) it will hand out nothing, as far as is known; null if it hands out. */
export function handsOutInMs(now: number, restoredAt: number | null, leaseMs: number): number | null {
  return restoredAt === null ? null : Math.min(Math.max(restoredAt + leaseMs - now, 1), leaseMs);
}

/** Refuses a session, without which nobody is given a lock, while nothing is handed out. */
export function refuseSession(now: number, restoredAt: number | null, leaseMs: number): void {
  const pollAfterMs = handsOutInMs(now, restoredAt, leaseMs);
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
