import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Writes when it was started (ns since 1970); the first time it stays, the second it ends. */
const stampTwice = 'date +%s%N >> "$0"; [ "$(wc -l < "$0")" -ge 2 ] || exec sleep 600';

/** A command that runs until its worker is gone, and ends when it is tried again. */
export function commandTwice(file: string): readonly string[] {
  return ['sh', '-c', stampTwice, file];
}

export function commandOnce(file: string): readonly string[] {
  return ['sh', '-c', 'date +%s%N >> "$0"', file];
}

/** When the command was started for the nth time (ms since 1970), once that has happened. */
export async function stampOf(file: string, nth: number, msMax: number): Promise<number> {
  const giveUpAt = performance.now() + msMax;
  for (;;) {
    const line = linesOf(file)[nth - 1];
    if (line !== undefined) return Number(BigInt(line) / 1_000n) / 1_000;
    if (performance.now() > giveUpAt) throw new Error(`a job was not started within ${msMax} ms`);
    await delay(5);
  }
}

/** The whole ones. */
function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
