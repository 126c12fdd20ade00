import fc from 'fast-check';

export interface Search<T> {
  readonly histories: fc.Arbitrary<T>;
  readonly runs: number;
  /** For slow machines, and for making a history that failed shorter: after it no further one is begun. */
  readonly searchMs: number;
  readonly play: (history: T) => Promise<void>;
}

/**
 * Plays random histories one after another, each to its end: fast-check’s own limit of time would leave the one under
 * way running behind the test.
 */
export async function playRandom<T>({ histories, runs, searchMs, play }: Search<T>): Promise<void> {
  const end = performance.now() + searchMs;
  const property = fc.asyncProperty(histories, async (history) => {
    if (performance.now() < end) await play(history);
  });
  await fc.assert(property, { numRuns: runs, unbiased: true });
}
