/**
 * The gap rule. Every sweep stores its time. If more than two periods lie between two sweeps, the servers were
 * down, the machine slept or the clock jumped, and no worker could renew: every lease is extended once by the gap.
 */
export interface Sweep {
  readonly sweptAt: number;
  readonly now: number;
  readonly periodMs: number;
}

/** By how much (ms) every lease is to be extended before expiry is judged; 0 when sweeps came in time. */
export function leaseExtensionMs(sweep: Sweep): number {
  const gap = sweep.now - sweep.sweptAt;
  return gap > 2 * sweep.periodMs ? gap : 0;
}

/**
 * When a lease ends that is extended by so much: at most a whole lease (`leaseMs`) from now, since it may have been renewed
 * after the gap and before the sweep that found it. The statements `extend-…` of the storages say the same.
 */
export function extendedLease(
  leaseEndsAt: number,
  by: { readonly extensionMs: number; readonly now: number; readonly leaseMs: number },
): number {
  return Math.max(leaseEndsAt, Math.min(leaseEndsAt + by.extensionMs, by.now + by.leaseMs));
}

/** A clock that was set back: what had been told by then, what it showed then, and what it showed last. */
export interface SetBack {
  readonly told: number;
  readonly clock: number;
  readonly last: number;
}

/**
 * Time as the storage tells it: never earlier than it was told before. While a clock that was set back has not come up
 * to that again, time goes on at half its pace: leases last longer than was promised, never shorter, and end all the
 * same. `setBack` is what was answered the time before, null at first.
 */
export function timeBy(
  clock: number,
  toldBefore: number,
  setBack: SetBack | null,
): { readonly now: number; readonly setBack: SetBack | null } {
  if (clock >= toldBefore) return { now: clock, setBack: null };
  const { told, clock: from } =
    setBack === null || clock < setBack.last ? { told: toldBefore, clock } : setBack;
  const now = Math.max(toldBefore, told + Math.floor((clock - from) / 2));
  return { now, setBack: { told, clock: from, last: clock } };
}
