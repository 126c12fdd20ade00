import type { Storage } from '../ports/storage.ts';

/** The storage’s signing key, asked for once. A failed answer is not kept. */
export function signingKeyOf(storage: Storage): () => Promise<string> {
  let known: Promise<string> | null = null;
  return () => {
    known ??= storage.signingKey().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
}
