import { LabkeepError } from './labkeep-error.ts';
import type { CallOptions } from './options.ts';
import { pause } from './pause.ts';
import { askedPauseMs, grownPauseMs, mayPass } from './repetition.ts';

export interface Patience {
  readonly signal: AbortSignal;
  /** Told once for each time that the server is away. */
  readonly onTrouble: (error: LabkeepError) => void;
}

const firstPauseMs = 200;
const longestPauseMs = 10_000;

/** Repeats a call, however long the server is away, until it is answered or refused; ends with the signal’s reason. */
export async function untilAnswered<T>(
  { signal, onTrouble }: Patience,
  call: (options: CallOptions) => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    signal.throwIfAborted();
    try {
      return await call({ signal, retryForMs: 0 });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof LabkeepError) || !mayPass(error)) throw error;
      if (failures === 0) onTrouble(error);
      await pause(askedPauseMs(error, grownPauseMs(failures, firstPauseMs, longestPauseMs)), signal);
    }
  }
}
