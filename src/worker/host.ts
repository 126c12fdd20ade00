/** The world outside the worker, as an argument: clocks, timers and chance. */
import { readFileSync } from 'node:fs';
import type { Chance, Clock } from '../ports/clock.ts';
import type { Timers } from '../ports/timers.ts';

export interface Host {
  /**
   * Milliseconds since the machine started, its sleep included. The same for every process of the machine and never
   * set back: the clock by which leases are judged.
   */
  bootMs(): number;
  /** For records only. */
  readonly clock: Clock;
  readonly chance: Pick<Chance, 'next'>;
  readonly timers: Timers;
}

/**
 * This machine. /proc/uptime is the boot clock of Linux: Node’s own monotonic clock stands still while the machine
 * sleeps, and a lease does not.
 */
export const systemHost: Host = {
  bootMs: () => Math.round(Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1_000),
  clock: { now: () => Date.now() },
  chance: { next: () => Math.random() },
  timers: { after: (afterMs, act) => later(afterMs, act) },
};

/** The longest time that setTimeout takes; anything longer would fire at once. */
const timerMsMax = 2 ** 31 - 1;

function later(afterMs: number, act: () => void): () => void {
  let timer = setTimeout(step, Math.min(afterMs, timerMsMax));
  let remainingMs = afterMs - timerMsMax;
  function step(): void {
    if (remainingMs > 0) timer = setTimeout(step, Math.min(remainingMs, timerMsMax));
    else act();
    remainingMs -= timerMsMax;
  }
  return () => clearTimeout(timer);
}

/** Resolves after `forMs`, or as soon as the signal says so; look at the signal to tell which. */
export function rest(timers: Timers, forMs: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal?.aborted === true) return Promise.resolve();
  const end = (): void => {
    cancel();
    signal?.removeEventListener('abort', end);
    resolve();
  };
  const cancel = timers.after(forMs, end);
  signal?.addEventListener('abort', end, { once: true });
  return promise;
}

/** Which start of the machine this is: processes of another one are gone, and its boot clock means nothing here. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
