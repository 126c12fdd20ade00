import { runInNewContext } from 'node:vm';

/** What `work` returns, or null if that takes longer: a pattern can be such that it never ends. */
export function withinTime<T>(limitMs: number, work: () => T): T | null {
  try {
    const result: { value?: T } = {};
    runInNewContext('work()', { work: () => (result.value = work()) }, { timeout: limitMs });
    return result.value ?? null;
  } catch (error) {
    // It comes from the other context, and so is no Error of this one.
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  }
}
