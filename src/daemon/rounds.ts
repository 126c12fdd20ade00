/** What is done again and again: one round after the other, a period apart. */
import type { Log } from '../ports/log.ts';
import type { Timers } from '../ports/timers.ts';

export interface RoundsOptions {
  readonly act: (isStopped: () => boolean) => Promise<unknown>;
  readonly periodMs: number;
  /** Whether the first round begins now, or after a period. */
  readonly first: 'now' | 'later';
  readonly timers: Timers;
  readonly log: Log | null;
  /** Said of the first of several rounds that fail. */
  readonly failed: string;
  /** Said of the first round that succeeds after that. */
  readonly succeeds: string;
}

/** The function that comes back stops, and resolves when no round is under way. */
export function startRounds(options: RoundsOptions): () => Promise<void> {
  const { act, periodMs, first, timers, log } = options;
  let stopped = false;
  let failing = false;
  let round = Promise.resolve();
  let cancel = (): void => undefined;
  const next = (): void => {
    round = tryOnce().then(() => {
      if (!stopped) cancel = timers.after(periodMs, next);
    });
  };
  const tryOnce = async (): Promise<void> => {
    try {
      await act(() => stopped);
      if (failing) log?.info({}, options.succeeds);
      failing = false;
    } catch (error) {
      if (!failing && !stopped) log?.error({ error }, options.failed);
      failing = true;
    }
  };
  if (first === 'now') next();
  else cancel = timers.after(periodMs, next);
  return async () => {
    stopped = true;
    cancel();
    await round;
  };
}
