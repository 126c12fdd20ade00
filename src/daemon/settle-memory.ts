import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** By then a start is over, and what follows it at once (an example, a first page) has most often been done. */
const afterMs = 5_000;

/**
 * A start leaves behind several times the memory that it needs from then on, and V8 gives it back only when it runs
 * short. So a process that is to live long is tidied once. Nothing waits for that, and it keeps
 * no process alive.
 */
export function settleMemory(): void {
  setTimeout(tidy, afterMs).unref();
}

/** V8 shows its collector to a new context only, while the flag is set: nothing else of the process gets to see it. */
function tidy(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect({ type: 'major', flavor: 'last-resort' });
}
