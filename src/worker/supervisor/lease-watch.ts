import type { Host } from '../host.ts';
import { readLeaseEnd } from '../lease/lease-file.ts';
import type { LeaseWatch } from './order.ts';

/**
 * Looks so often at least (ms): timers stand still while the machine sleeps or this process is stopped, and the lease
 * does not.
 */
const lookEveryMs = 1_000;

/** Calls once when the lease comes near its end without having been renewed. Returns a function to stop watching. */
export function watchLease(watch: LeaseWatch, host: Host, onNearEnd: () => void): () => void {
  let endsAt = watch.endsAtBootMs;
  let stop: () => void = () => undefined;
  const look = (): void => {
    endsAt = readLeaseEnd(watch.file) ?? endsAt;
    const remainingMs = endsAt - watch.safetyMs - host.bootMs();
    if (remainingMs <= 0) onNearEnd();
    else stop = host.timers.after(Math.min(remainingMs, lookEveryMs), look);
  };
  look();
  return () => stop();
}
