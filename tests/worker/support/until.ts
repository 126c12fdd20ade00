import { setTimeout as pause } from 'node:timers/promises';

const lookEveryMs = 10;
const patienceMs = 60_000;

/** Waits for a fact. The patience only decides when a test has failed; no test depends on its length. */
export async function until<T>(what: string, look: () => T | null | undefined | false): Promise<T> {
  const endsAt = performance.now() + patienceMs;
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > endsAt) throw new Error(`did not come: ${what}`);
    await pause(lookEveryMs);
  }
}
