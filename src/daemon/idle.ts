/** A server that was started in passing ends when nobody has needed it for a while. */
import type { UseCases } from '../app/use-cases.ts';
import type { JobState } from '../core/jobs/states.ts';
import type { Timers } from '../ports/timers.ts';
import type { Troubles } from '../ports/troubles.ts';

const looking = {
  failed: 'it is not known whether the server is idle; it looks again',
  succeeds: 'it is known again whether the server is idle',
  apart: true,
};

export interface IdleOptions {
  readonly idleMs: number;
  readonly useCases: Pick<UseCases, 'status' | 'waits'>;
  /** When somebody asked for something last. */
  readonly askedAt: () => number;
  /** Whether something is under way that neither the storage nor a request tells of. */
  readonly isBusy: () => boolean;
  readonly now: () => number;
  readonly timers: Timers;
  readonly troubles: Troubles;
}

/** States of jobs that a server has to be there for. */
const unfinished: readonly JobState[] = ['waiting', 'ready', 'offered', 'running'];

/** Calls `onIdle` once; the function that comes back stops the watch, and resolves when no look is under way. */
export function watchIdle(options: IdleOptions, onIdle: () => void): () => Promise<void> {
  const { idleMs, askedAt, now, timers, troubles } = options;
  let busyAt = now();
  let cancel = (): void => undefined;
  let stopped = false;
  let looked = Promise.resolve();

  const look = async (): Promise<void> => {
    if (await isBusy(options)) busyAt = now();
    if (stopped) return;
    troubles.succeeded(looking);
    const leftMs = Math.max(askedAt(), busyAt) + idleMs - now();
    if (leftMs <= 0) onIdle();
    else cancel = timers.after(Math.min(leftMs, idleMs), lookSafely);
  };
  const lookSafely = (): void => {
    looked = look().catch((error: unknown) => {
      troubles.failed(looking, error);
      if (!stopped) cancel = timers.after(idleMs, lookSafely);
    });
  };

  cancel = timers.after(idleMs, lookSafely);
  return async () => {
    stopped = true;
    cancel();
    await looked;
  };
}

async function isBusy({ useCases, isBusy }: IdleOptions): Promise<boolean> {
  if (isBusy() || useCases.waits().streams > 0) return true;
  const { jobs } = await useCases.status();
  return unfinished.some((state) => (jobs[state] ?? 0) > 0);
}
