import { setTimeout as pause } from 'node:timers/promises';

const lookEveryMs = 10;
const patienceMs = 90_000;

type NotYet = null | undefined | false;

/**
 * Waits for a fact, and answers with it. The patience only decides when a test has failed, and with which words; no test
 * depends on its length.
 */
export async function until<T>(what: string, look: () => T | NotYet | Promise<T | NotYet>): Promise<T> {
  const endsAt = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > endsAt) throw new Error(`did not come: ${what}`);
    await pause(lookEveryMs);
  }
}
