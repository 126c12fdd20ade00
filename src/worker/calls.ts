import type { Log } from '../ports/log.ts';
import { backoffMs } from './backoff.ts';
import { failureOf } from './connection.ts';
import { type Host, rest } from './host.ts';

/** The worker stops: what was waiting for an answer is taken up by the next start, from the journal. */
export class StoppedError extends Error {
  constructor() {
    super('the worker stops');
    this.name = 'StoppedError';
  }
}

export interface Patience {
  readonly host: Host;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Repeats a call until it is answered, however long the server is away. A refusal for which `isFinal` is true is
 * thrown; any other may be mended by somebody (a token, a role) and is waited out too.
 */
export async function untilAnswered<T>(
  { host, log, signal }: Patience,
  what: string,
  call: () => Promise<T>,
  isFinal: (code: string) => boolean = () => false,
): Promise<T> {
  const told = new Set<string>();
  for (let failures = 0; ; failures++) {
    if (signal.aborted) throw new StoppedError();
    if (failures > 0) await rest(host.timers, backoffMs(failures, host.chance.next()), signal);
    try {
      const answer = await call();
      if (failures > 0) log.info({ what, failures }, 'the server answers again');
      return answer;
    } catch (error) {
      if (signal.aborted) throw new StoppedError();
      const { kind, code } = failureOf(error);
      if (kind === 'refused' && isFinal(code)) throw error;
      if (!told.has(code)) log.warn({ what, code, error }, 'a call to the server failed; it is repeated');
      told.add(code);
    }
  }
}
