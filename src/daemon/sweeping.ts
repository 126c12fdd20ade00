/** Time acts through sweeps: one after the other, a period apart. */
import type { Log } from '../ports/log.ts';
import type { Storage } from '../ports/storage.ts';
import type { Timers } from '../ports/timers.ts';

export interface SweepOptions {
  readonly storage: Pick<Storage, 'sweep'>;
  readonly periodMs: number;
  readonly timers: Timers;
  readonly log: Log | null;
}

/** The function that comes back stops, and resolves when no sweep is under way. */
export function startSweeping({ storage, periodMs, timers, log }: SweepOptions): () => Promise<void> {
  let stopped = false;
  let failing = false;
  let cancel = (): void => undefined;
  let sweep = Promise.resolve();

  const next = (): void => {
    if (stopped) return;
    sweep = act().then(() => {
      if (!stopped) cancel = timers.after(periodMs, next);
    });
  };
  const act = async (): Promise<void> => {
    try {
      await storage.sweep();
      if (failing) log?.info({}, 'sweeps succeed again');
      failing = false;
    } catch (error) {
      if (!failing) log?.error({ error }, 'a sweep failed; the next is tried as ever');
      failing = true;
    }
  };

  next();
  return async () => {
    stopped = true;
    cancel();
    await sweep;
  };
}
