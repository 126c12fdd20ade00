/** Who holds locks, or waits for them, as others see it. */
export type LockHolder =
  | {
      readonly kind: 'session';
      readonly session: number;
      readonly principal: string;
      readonly name: string;
      readonly host: string | null;
      readonly pid: number | null;
    }
  | {
      readonly kind: 'job';
      /** The job that holds it, or the first in its line of those that wait together. */
      readonly ref: string;
      readonly principal: string;
      readonly worker: string | null;
      readonly progress: { readonly fraction: number; readonly text: string | null } | null;
    }
  | {
      readonly kind: 'closure';
      readonly database: string;
      readonly principal: string;
      readonly reason: string | null;
      readonly until: number | null;
    };

/** What stands in the way of a job that could run but for its locks. */
export interface LockWait {
  /** The path on which it is in conflict with the first of them; or the database that is not offered. */
  readonly path: string;
  /** The database is off, or no longer in the catalogue. */
  readonly isOff: boolean;
  /** Closures first, then those who hold it; at most three are named. */
  readonly holders: readonly LockHolder[];
  readonly holdersInAll: number;
  /** 1 for the first of those that wait for the same. */
  readonly position: number;
}

export const holdersNamed = 3;

/** Closures come first: they say why, and until when. */
export function namedHolders(holders: readonly LockHolder[]): readonly LockHolder[] {
  const closures = holders.filter(({ kind }) => kind === 'closure');
  return [...closures, ...holders.filter(({ kind }) => kind !== 'closure')].slice(0, holdersNamed);
}
