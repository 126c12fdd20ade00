/**
 * The journal’s facts and what they add up to. An attempt is known by its name and its epoch: the same attempt may
 * come back under another epoch, and is then another one here.
 */

import type { Mount } from '@labkeep/client';
import type { FinishedAttempt, OnLost } from '../connection.ts';

export interface AttemptKey {
  readonly attempt: string;
  readonly epoch: number;
}

export interface Offered extends AttemptKey {
  readonly fact: 'offered';
  readonly job: string;
  readonly kind: 'command' | 'handler';
  readonly onLost: OnLost;
  /** It holds locks, which are free when the lease ends; left out if not. */
  readonly locks?: true;
  /** Where relative outputs lie. */
  readonly directory: string;
  readonly outputs: readonly string[];
  /** Numbers to be picked from its log; left out for none. */
  readonly numbers?: Readonly<Record<string, string>>;
  /** Folders that are elsewhere on this machine; left out if none is. */
  readonly mounts?: readonly Mount[];
  /** The boot of the machine in which this was written. */
  readonly boot: string;
}

/** `started`: from here on it may run; on disk before it does. `begun`: a handler was called. */
export interface Progressed extends AttemptKey {
  readonly fact: 'started' | 'begun' | 'acknowledged';
}

export interface Finished extends AttemptKey {
  readonly fact: 'finished';
  readonly report: FinishedAttempt;
}

export type Fact = Offered | Progressed | Finished;

/** What is known of an attempt that the server has not acknowledged. */
export interface Entry {
  readonly offered: Offered;
  readonly started: boolean;
  readonly begun: boolean;
  readonly report: FinishedAttempt | null;
}

/** Whether it must have ended before the lease of its worker does: others may then do the same, or hold what it held. */
export function endsWithLease({ onLost, locks }: Pick<Offered, 'onLost' | 'locks'>): boolean {
  return onLost === 'retry' || locks === true;
}

export function keyOf(it: AttemptKey): string {
  return `${it.attempt}@${it.epoch}`;
}

/** The entries after one more fact. What is said of an attempt that is not known (any more) says nothing. */
export function addFact(entries: Map<string, Entry>, fact: Fact): void {
  const key = keyOf(fact);
  const known = entries.get(key);
  if (fact.fact === 'offered')
    entries.set(key, { offered: fact, started: false, begun: false, report: null });
  else if (known === undefined) return;
  else if (fact.fact === 'acknowledged') entries.delete(key);
  else if (fact.fact === 'finished') entries.set(key, { ...known, report: fact.report });
  else entries.set(key, { ...known, [fact.fact]: true });
}

/** The facts from which an entry comes back. */
export function factsOf({ offered, started, begun, report }: Entry): readonly Fact[] {
  const { attempt, epoch } = offered;
  const facts: Fact[] = [offered];
  if (started) facts.push({ fact: 'started', attempt, epoch });
  if (begun) facts.push({ fact: 'begun', attempt, epoch });
  if (report !== null) facts.push({ fact: 'finished', attempt, epoch, report });
  return facts;
}

export function writeFact(fact: Fact): string {
  return `${JSON.stringify(fact)}\n`;
}

/** Null for a line that was torn by a power cut, or is none of ours. */
export function readFact(line: string): Fact | null {
  let found: unknown;
  try {
    found = JSON.parse(line);
  } catch {
    return null;
  }
  return isFact(found) ? found : null;
}

function isFact(value: unknown): value is Fact {
  if (typeof value !== 'object' || value === null) return false;
  const it = new Map<string, unknown>(Object.entries(value));
  if (typeof it.get('attempt') !== 'string' || typeof it.get('epoch') !== 'number') return false;
  switch (it.get('fact')) {
    case 'offered':
      return (
        typeof it.get('job') === 'string' &&
        typeof it.get('boot') === 'string' &&
        Array.isArray(it.get('outputs'))
      );
    case 'finished':
      return typeof it.get('report') === 'object' && it.get('report') !== null;
    default:
      return it.get('fact') === 'started' || it.get('fact') === 'begun' || it.get('fact') === 'acknowledged';
  }
}
