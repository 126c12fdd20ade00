/** A server that was started in passing ends when nobody has needed it for a while. */
import type { UseCases } from '../app/use-cases.ts';
import type { JobState } from '../core/jobs/states.ts';
import type { Log } from '../ports/log.ts';
import type { Timers } from '../ports/timers.ts';

export interface IdleOptions {
  readonly idleMs: number;
  readonly useCases: Pick<UseCases, 'status' | 'waits'>;
  /** When somebody asked for something last. */
  readonly askedAt: () => number;
  /** Whether something is under way that neither the storage nor a request tells of. */
  readonly isBusy: () => boolean;
  readonly now: () => number;
  readonly timers: Timers;
  readonly log: Log;
}

/** States of jobs that a server has to be there for. */
const unfinished: readonly JobState[] = ['waiting', 'ready', 'offered', 'running'];

/** Calls `onIdle` once; the function that comes back stops the watch. */
export function watchIdle(options: IdleOptions, onIdle: () => void): () => void {
  const { idleMs, askedAt, now, timers, log } = options;
  let busyAt = now();
  let cancel = (): void => undefined;
  let stopped = false;

  const look = async (): Promise<void> => {
    if (await isBusy(options)) busyAt = now();
    if (stopped) return;
    const leftMs = Math.max(askedAt(), busyAt) + idleMs - now();
    if (leftMs <= 0) onIdle();
    else cancel = timers.after(Math.min(leftMs, idleMs), lookSafely);
  };
  const lookSafely = (): void => {
    look().catch((error: unknown) => {
      log.warn({ error }, 'it is not known whether the server is idle');
      if (!stopped) cancel = timers.after(idleMs, lookSafely);
    });
  };

  cancel = timers.after(idleMs, lookSafely);
  return () => {
    stopped = true;
    cancel();
  };
}

async function isBusy({ useCases, isBusy }: IdleOptions): Promise<boolean> {
  if (isBusy() || useCases.waits().streams > 0) return true;
  const { jobs } = await useCases.status();
  return unfinished.some((state) => (jobs[state] ?? 0) > 0);
}
