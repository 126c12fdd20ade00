/** What the suite needs of a storage to try it, and the time and chance that it hands in. */
import type { Durations } from '../../src/core/leases/durations.ts';
import type { Chance, Clock } from '../../src/ports/clock.ts';
import type { Storage } from '../../src/ports/storage.ts';

export interface Harness {
  readonly name: string;
  /** How SQLite keeps its commits here; other storages have none. */
  readonly journal?: 'wal' | 'rollback';
  readonly casesAtOnce: number;
  /** How many random histories the model tries: fewer where opening a storage is slow. */
  readonly histories: number;
  /** How many jobs the longest chain has: a thousand is the most that is asked for; fewer where each takes long to record. */
  readonly chain: number;
  /** Why nothing can be tried here; undefined where it can. */
  readonly unavailable?: string | undefined;
  /** Why nothing can be opened again; undefined where it can. */
  readonly forgets?: string;
  /** Opens a storage of its own, with nothing in it. */
  open(options: OpenOptions): Promise<Opened>;
}

export interface OpenOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly durations?: Partial<Durations>;
}

export interface Opened {
  readonly storage: Storage;
  /** Opens the same storage again after it was closed; absent where the harness says that it forgets. */
  readonly reopen?: () => Promise<Storage>;
  /** Removes what was made. The storage is closed by then. */
  readonly remove?: () => Promise<void>;
}

/** Noon of some day; tests set and move it, nothing else does. */
export const noon = Date.UTC(2026, 10, 21, 12);

export class FakeClock implements Clock {
  #now = noon;

  now(): number {
    return this.#now;
  }

  set(instant: number): void {
    this.#now = instant;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** Chance that always falls the same way: storages may ask it as often as they like and still agree. */
export class FakeChance implements Chance {
  #tokens = 0;
  /** Half of it is no jitter at all. */
  drawn = 0.5;

  next(): number {
    return this.drawn;
  }

  token(bytes: number): string {
    return (++this.#tokens).toString(16).padStart(bytes * 2, '0');
  }
}
