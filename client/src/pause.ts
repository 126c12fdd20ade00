/** Waits, or rejects with the signal’s reason. */
export function pause(forMs: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted === true) {
    reject(signal.reason);
    return promise;
  }
  const stop = (): void => {
    clearTimeout(timer);
    reject(signal?.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener('abort', stop);
    resolve();
  }, forMs);
  signal?.addEventListener('abort', stop, { once: true });
  return promise;
}

/** Waits, or until the signal says so. */
export async function rest(forMs: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(forMs, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
