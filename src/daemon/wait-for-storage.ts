/** A database server may start after this one: at the start it is waited for. */
import { Fault } from '../core/faults.ts';
import type { Timers } from '../ports/timers.ts';
import { backoffMs } from '../worker/backoff.ts';
import { rest } from '../worker/host.ts';

export interface StorageWait {
  /** For so long (ms); 0 to try once. */
  readonly waitMs: number;
  /** Called once, with what was met at the first try. */
  readonly onWait: (cause: unknown) => void;
  /** Aborted when nobody wants the storage any more. */
  readonly signal: AbortSignal;
}

export interface WaitSurroundings {
  readonly timers: Timers;
  readonly now: () => number;
  readonly chance: () => number;
}

const pauseMsMax = 2_000;

/** Opens it, again and again while it does not answer; any other fault is one at once. */
export async function openWhenThere<T>(
  open: () => Promise<T>,
  { waitMs, onWait, signal }: StorageWait,
  { timers, now, chance }: WaitSurroundings,
): Promise<T> {
  const giveUpAt = now() + waitMs;
  for (let failures = 1; ; failures++) {
    try {
      return await open();
    } catch (error) {
      if (signal.aborted) throw new Fault('stopping', {}, error);
      const isAway = error instanceof Fault && error.code === 'storage_unavailable';
      const leftMs = giveUpAt - now();
      if (!isAway || leftMs <= 0) throw error;
      if (failures === 1) onWait(error.cause);
      await rest(timers, Math.min(backoffMs(failures, chance()), pauseMsMax, leftMs), signal);
    }
    if (signal.aborted) throw new Fault('stopping');
  }
}
