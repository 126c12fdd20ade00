/** What is done again and again: one round after the other, a period apart. */
import type { Timers } from '../ports/timers.ts';
import type { Repeated, Troubles } from '../ports/troubles.ts';

export interface RoundsOptions {
  readonly act: (isStopped: () => boolean) => Promise<unknown>;
  readonly periodMs: number;
  /** Whether the first round begins now, or after a period. */
  readonly first: 'now' | 'later';
  readonly timers: Timers;
  readonly what: Repeated;
  readonly troubles: Troubles | undefined;
}

/** The function that comes back stops, and resolves when no round is under way. */
export function startRounds(options: RoundsOptions): () => Promise<void> {
  const { act, periodMs, first, timers, what, troubles } = options;
  let stopped = false;
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
      troubles?.succeeded(what);
    } catch (error) {
      if (!stopped) troubles?.failed(what, error);
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
