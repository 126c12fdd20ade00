import type { FaultFacts } from '../faults.ts';

/** Somebody who holds, or waits for, what is asked for. */
export interface InTheWay {
  readonly ticket: number;
  readonly state: 'waiting' | 'granted';
  readonly kind: 'session' | 'job' | 'closure';
  readonly principal: string;
  /** Of a session. */
  readonly session?: number;
  readonly name?: string;
  readonly host?: string | null;
  readonly pid?: number | null;
  /** Of a job. */
  readonly ref?: string;
  readonly worker?: string | null;
  readonly progress?: { readonly fraction: number; readonly text: string | null } | null;
  /** Of a closure. */
  readonly database?: string;
  readonly reason?: string | null;
  readonly until?: number | null;
}

/** Whether this, out of the facts of a refusal, is one of those that `saidOf` put there. */
export function isInTheWay(fact: unknown): fact is InTheWay {
  return typeof fact === 'object' && fact !== null && 'ticket' in fact && 'kind' in fact;
}

const namedMax = 3;

/** What a refusal says of those in the way, to people and to programs. `position` is the place in the line. */
export function saidOf(holders: readonly InTheWay[], position: number): FaultFacts {
  const named = holders.slice(0, namedMax).map(sayWho);
  const more = holders.length > namedMax ? ` and ${holders.length - namedMax} more` : '';
  const who = named.length === 0 ? '' : `In the way: ${named.join('; ')}${more}`;
  const place = position > 1 ? `place ${position} in the line` : '';
  const detail = [who, place].filter((part) => part !== '').join('; ');
  return { ...(detail === '' ? {} : { detail }), facts: { holders, position } };
}

function sayWho(it: InTheWay): string {
  const waits = it.state === 'waiting' ? ', who waits' : '';
  switch (it.kind) {
    case 'session':
      return `${it.principal} (${[it.name, it.host, it.pid].filter((part) => part != null).join(', ')})${waits}`;
    case 'job':
      return `${it.ref ?? 'a job'} of ${it.principal}${sayProgress(it.progress)}${waits}`;
    case 'closure':
      return `a closure of ${it.database ?? 'it'} by ${it.principal}${it.reason == null ? '' : `: ${it.reason}`}`;
  }
}

function sayProgress(progress: InTheWay['progress']): string {
  return progress == null ? '' : ` (${Math.floor(progress.fraction * 100)} %)`;
}
