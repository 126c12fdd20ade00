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

/** Time as the storage tells it: never earlier than it was told before. */
export function monotonic(toldBefore: number, clock: number): number {
  return Math.max(toldBefore, clock);
}
