import type { Renewals } from './renewals.ts';

/** Renews a lease while a function works; what aborts the caller’s signal meanwhile aborts `abort` too. */
export async function whileRenewed<T>(
  renewals: Renewals,
  { abort, signal }: { readonly abort: AbortController; readonly signal: AbortSignal | undefined },
  act: () => Promise<T>,
): Promise<T> {
  const stop = (): void => abort.abort(signal?.reason);
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const over = new AbortController();
  const renewing = renewals.run(over.signal);
  try {
    return await act();
  } finally {
    over.abort();
    signal?.removeEventListener('abort', stop);
    await renewing;
  }
}
