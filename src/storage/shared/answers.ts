import { Fault } from '../../core/faults.ts';
import type { Actor, Idempotency } from '../../ports/storage.ts';
import type { Act } from './group.ts';
import { text } from './rows.ts';
import { type Row, type Script, selectOne, selectTogether } from './script.ts';
import type { Transaction } from './transaction.ts';

/**
 * The answers that acts got before under their idempotency keys. Those of the acts that begin a transaction are asked for
 * together, ahead of all of them; an act that repeats another of the same transaction finds what that one wrote.
 */
export class Answers {
  readonly #tx: Transaction;
  readonly #read = new Map<string, Row | undefined>();

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  *readFor(acts: readonly Act<unknown>[]): Script<void> {
    const asked = new Map<string, [name: string, ...values: string[]]>();
    for (const { by } of acts)
      if (by.idempotency !== undefined)
        asked.set(answerKey(by.principal, by.idempotency), findAnswer(by.principal, by.idempotency));
    if (asked.size === 0) return;
    const found = yield* selectTogether(...asked.values());
    for (const [index, key] of [...asked.keys()].entries()) this.#read.set(key, found[index]?.[0]);
  }

  /** Null for an act that was not done before; refuses another one under the same key. */
  *earlier({ by, unrepeatable }: Act<unknown>): Script<{ readonly value: unknown } | null> {
    const { principal, idempotency } = by;
    if (idempotency === undefined) return null;
    const known = answerKey(principal, idempotency);
    const earlier = this.#read.has(known)
      ? this.#read.get(known)
      : yield* selectOne(...findAnswer(principal, idempotency));
    if (earlier === undefined) return null;
    const { key, digest } = idempotency;
    if (earlier.digest !== digest)
      throw new Fault('idempotency_conflict', { field: 'Idempotency-Key', found: key });
    if (unrepeatable !== undefined) throw new Fault(unrepeatable);
    idempotency.replayed = true;
    return { value: JSON.parse(text(earlier.answer)) as unknown };
  }

  *keep(given: readonly { readonly by: Actor; readonly value: unknown }[]): Script<void> {
    const rows = given.flatMap(({ by: { principal, idempotency }, value }) => {
      if (idempotency === undefined) return [];
      this.#read.delete(answerKey(principal, idempotency));
      const { route, key, digest } = idempotency;
      return [[principal, route, key, digest, JSON.stringify(value ?? null), this.#tx.now]];
    });
    yield* this.#tx.write('insert-answer', rows);
  }
}

export function answerKey(principal: string, { route, key }: Idempotency): string {
  return JSON.stringify([principal, route, key]);
}

function findAnswer(principal: string, { route, key }: Idempotency): [name: string, ...values: string[]] {
  return ['find-answer', principal, route, key];
}
