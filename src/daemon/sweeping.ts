/** Time acts through sweeps: one after the other, a period apart. */
import type { Storage } from '../ports/storage.ts';
import type { Timers } from '../ports/timers.ts';
import type { Troubles } from '../ports/troubles.ts';
import { startRounds } from './rounds.ts';

export interface SweepOptions {
  readonly storage: Pick<Storage, 'sweep'>;
  readonly periodMs: number;
  readonly timers: Timers;
  readonly troubles?: Troubles;
}

/** The function that comes back stops, and resolves when no sweep is under way. */
export function startSweeping({ storage, troubles, ...options }: SweepOptions): () => Promise<void> {
  return startRounds({
    ...options,
    act: () => storage.sweep(),
    first: 'now',
    what: { failed: 'a sweep failed; the next is tried as ever', succeeds: 'sweeps succeed again' },
    troubles,
  });
}
