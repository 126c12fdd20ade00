import type { Troubles } from '../../src/ports/troubles.ts';

/** Keeps what it is told has failed. */
export function heardTroubles(): Troubles & { readonly failures: readonly unknown[] } {
  const failures: unknown[] = [];
  return {
    failures,
    failed: (_, error) => failures.push(error),
    succeeded: () => undefined,
    rests: () => undefined,
  };
}
