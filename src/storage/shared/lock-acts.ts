/** The acts of a group that ask for locks, or give them back. */
import { Fault } from '../../core/faults.ts';
import { answerLockAsks, type LockAsk } from './acts/lock-asks.ts';
import { type Answers, answerKey } from './answers.ts';
import type { Act } from './group.ts';
import type { Outcome } from './outcome.ts';
import type { Script } from './script.ts';
import type { Transaction } from './transaction.ts';

interface LockAct extends Act<unknown> {
  readonly ask: LockAsk;
}

/** The acts from this place on that may be answered together. One that repeats another of them comes after it. */
export function lockActsFrom(acts: readonly Act<unknown>[], place: number): readonly LockAct[] {
  const found: LockAct[] = [];
  const keys = new Set<string>();
  for (const act of acts.slice(place)) {
    const { ask, by } = act;
    const key = by.idempotency === undefined ? null : answerKey(by.principal, by.idempotency);
    if (ask === undefined || (key !== null && keys.has(key))) break;
    if (key !== null) keys.add(key);
    found.push({ ...act, ask });
  }
  return found;
}

/** Answers them together, each under its own key. */
export function* runLockActs(
  tx: Transaction,
  acts: readonly LockAct[],
  answers: Answers,
): Script<readonly Outcome[]> {
  const outcomes = new Map<LockAct, Outcome>();
  for (const act of acts) {
    try {
      const earlier = yield* answers.earlier(act);
      if (earlier !== null) outcomes.set(act, { done: true, value: earlier.value });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      outcomes.set(act, { done: false, error });
    }
  }
  const open = acts.filter((act) => !outcomes.has(act));
  const answered = yield* answerLockAsks(
    tx,
    open.map(({ ask }) => ask),
  );
  open.forEach((act, index) => {
    const outcome = answered[index];
    if (outcome !== undefined) outcomes.set(act, outcome);
  });
  yield* answers.keep(
    open.flatMap(({ by }, index) => {
      const outcome = answered[index];
      return outcome?.done === true ? [{ by, value: outcome.value }] : [];
    }),
  );
  return acts.flatMap((act) => outcomes.get(act) ?? []);
}
