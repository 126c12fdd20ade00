import type { Enforcement } from '../core/catalogue/enforcement.ts';

/** Keeps roles out of a PostgreSQL of the catalogue, and remembers there what it took from them. */
export interface Enforcer {
  /** Tries all, and leaves nothing of it: says at once what would fail. */
  examine(target: EnforcedDatabase): Promise<void>;
  /** Repeating it changes nothing; after `restore` it does nothing more. */
  enforce(target: EnforcedDatabase): Promise<void>;
  /** Gives back exactly what was taken for this closure. Repeating it changes nothing. */
  restore(target: EnforcedDatabase): Promise<void>;
}

export interface EnforcedDatabase {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of the closure. */
  readonly ticket: number;
  readonly enforcement: Enforcement;
}
