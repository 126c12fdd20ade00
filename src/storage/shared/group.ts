/**
 * Group commit. The acts that wait share one transaction. A refusal is a Fault thrown before the act’s first write:
 * it concerns that act alone. Anything else (the database objects, a rule was late) rolls the whole group back, and
 * its acts are replayed, one transaction each; so no savepoint is needed. A commit that fails is never replayed: it
 * may have happened.
 */
import { joinedWork, type ReadyWork } from '../../core/dispatch/classes.ts';
import { Fault } from '../../core/faults.ts';
import type { Durations } from '../../core/leases/durations.ts';
import { timeBy } from '../../core/leases/gap.ts';
import { checkAtWork } from '../../core/leases/schema.ts';
import type { Chance } from '../../ports/clock.ts';
import type { Actor, Hint } from '../../ports/storage.ts';
import type { LockAsk } from './acts/lock-asks.ts';
import { Answers } from './answers.ts';
import { type Timelines, type Written, writtenOf } from './failover.ts';
import type { Known } from './known.ts';
import { lockActsFrom, runLockActs } from './lock-acts.ts';
import type { Outcome } from './outcome.ts';
import { integer, integerOrNull, text, textOrNull } from './rows.ts';
import { type Row, type Script, select, write } from './script.ts';
import { type Counters, Transaction } from './transaction.ts';

export interface Act<T> {
  readonly by: Actor;
  readonly script: (tx: Transaction) => Script<T>;
  /** About how many jobs it moves. */
  readonly weight: number;
  /** Locks that it asks for, or gives back: answered together with the acts beside it that do the same. */
  readonly ask?: LockAsk;
  /** Repeating it under its idempotency key is a fault of this code, where the answer cannot be given twice. */
  readonly unrepeatable?: 'token_shown_once';
}

const actsMax = 128;
const weightMax = 2_000;

/** How many of the acts that wait share the next transaction: bounded, so that none waits long for the others. */
export function sizeOfGroup(waiting: readonly Act<unknown>[]): number {
  let weight = 0;
  let size = 0;
  for (const act of waiting) {
    weight += act.weight;
    if (size > 0 && (size === actsMax || weight > weightMax)) break;
    size++;
  }
  return size;
}

export interface Surroundings {
  readonly durations: Durations;
  readonly chance: Chance;
  readonly known: Known;
  /** What this server knows; null where no other migrates the storage while it is at work. */
  readonly schema: number | null;
  /** The injected time of tests and of SQLite; null where the database tells it with the counters. */
  readonly clock: (() => number) | null;
  /**
   * Of a storage that may fail over: the timeline of this connection (null where each transaction may go elsewhere), and
   * what is known of those before.
   */
  readonly place?: { readonly timeline: number | null; readonly timelines: Timelines };
  /** Whether an error means that the connection is gone: then the group as a whole may be tried on another. */
  readonly isLost: (error: unknown) => boolean;
}

/** Tells that jobs became ready; gives the acts that came because of that and may share the transaction. */
export type Join = (ready: ReadyWork) => readonly Act<unknown>[];

export interface GroupResult {
  /** In the order of the acts, those that joined last. */
  readonly outcomes: readonly Outcome[];
  readonly hint: Hint;
  /** Whether those who wait here for ready jobs were told already. */
  readonly told: boolean;
}

/**
 * A claim that waits for what this group makes ready need not wait for its commit: it joins the group, and both are
 * durable by one commit. Acts that join are added to the list.
 */
export function* runGroup(acts: Act<unknown>[], around: Surroundings, join?: Join): Script<GroupResult> {
  const progress = { committing: false };
  try {
    return yield* runTogether(acts, around, progress, join);
  } catch (error) {
    around.known.forget();
    const lost = around.isLost(error);
    if (lost && !progress.committing) throw error;
    if (!lost) yield* rollBack(error);
    if (progress.committing || acts.length === 1) return failed(acts, error);
  }
  return yield* runApart(acts, around);
}

function failed(acts: readonly Act<unknown>[], error: unknown): GroupResult {
  return { outcomes: acts.map(() => ({ done: false, error })), hint: noHint, told: false };
}

const noHint: Hint = { ready: null, event: false, locks: false, workers: [] };

function* runApart(acts: readonly Act<unknown>[], around: Surroundings): Script<GroupResult> {
  const outcomes: Outcome[] = [];
  let hint = noHint;
  for (const act of acts) {
    let result: GroupResult;
    try {
      result = yield* runGroup([act], around);
    } catch (error) {
      // The connection is lost. What was committed before must not be tried again, so nothing is.
      if (outcomes.length === 0) throw error;
      result = failed([act], error);
    }
    outcomes.push(...result.outcomes);
    hint = {
      ready: joinedWork(hint.ready, result.hint.ready),
      event: hint.event || result.hint.event,
      locks: hint.locks || result.hint.locks,
      workers: [...hint.workers, ...result.hint.workers],
    };
  }
  return { outcomes, hint, told: false };
}

function* runTogether(
  acts: Act<unknown>[],
  around: Surroundings,
  progress: { committing: boolean },
  join?: Join,
): Script<GroupResult> {
  const counters = yield* beginTransaction();
  const before = { ...counters };
  if (around.schema !== null) checkAtWork(around.schema, counters.oldestSchema);
  around.known.expectLast(counters.writtenBy);
  const clock = around.clock?.() ?? counters.databaseClock;
  const { now, setBack } = timeBy(clock, counters.clock, around.known.setBack);
  around.known.setBack = setBack;
  const tx = new Transaction(counters, now, around);
  const { place } = around;
  const timeline =
    place === undefined || counters.written === null
      ? null
      : yield* place.timelines.follow(tx, counters, place.timeline, counters.written);
  const outcomes: Outcome[] = [];
  const answers = new Answers(tx);
  yield* answers.readFor(acts);
  // The list grows while it is walked.
  while (outcomes.length < acts.length) {
    const act = acts[outcomes.length];
    if (act === undefined) break;
    const asking = act.ask === undefined ? [] : lockActsFrom(acts, outcomes.length);
    if (asking.length > 1) outcomes.push(...(yield* runLockActs(tx, asking, answers)));
    else outcomes.push(yield* runOne(tx, act, answers));
    const ready = join === undefined ? null : tx.tellReady();
    if (join !== undefined && ready !== null) acts.push(...join(ready));
  }
  const events = tx.numberEvents();
  yield* write('insert-events', events);
  yield* write('add-tallies', tx.tallyRows());
  const changed =
    counters.event !== before.event || counters.epoch !== before.epoch || counters.job !== before.job;
  // An answer that was given before is given again only when what it rests on is as durable as what is written now.
  const isRepeated = acts.some(({ by }) => by.idempotency?.replayed === true);
  const writes = changed || isRepeated || tx.writes > 0;
  if (writes) {
    counters.clock = now;
    yield* write('update-counters', [[counters.event, counters.epoch, counters.job, counters.clock]]);
  }
  progress.committing = true;
  yield { name: 'commit', rows: [[]], kind: 'select' };
  if (writes) around.known.committed(counters.transaction);
  if (writes && timeline !== null) place?.timelines.acknowledge(counters, timeline);
  return { outcomes, hint: tx.hint, told: join !== undefined };
}

function* runOne(tx: Transaction, act: Act<unknown>, answers: Answers): Script<Outcome> {
  const writesBefore = tx.writes;
  tx.begin(act.by.principal);
  try {
    const earlier = yield* answers.earlier(act);
    const value = earlier === null ? yield* act.script(tx) : earlier.value;
    if (earlier === null) yield* answers.keep([{ by: act.by, value }]);
    tx.end(true);
    return { done: true, value };
  } catch (error) {
    if (!(error instanceof Fault) || tx.writes > writesBefore) throw error;
    tx.end(false);
    return { done: false, error };
  }
}

interface ReadCounters extends Counters {
  readonly databaseClock: number;
  /** The transaction that wrote the counters last, and this one; null where no other process writes the storage. */
  readonly writtenBy: string | null;
  readonly transaction: string | null;
  readonly written: Written | null;
  readonly oldestSchema: number;
}

function* beginTransaction(): Script<ReadCounters> {
  const rows = yield* select('begin');
  return countersOf(rows[0]);
}

function countersOf(row: Row | undefined): ReadCounters {
  if (row === undefined) throw new Error('the row of counters is missing: the storage is damaged');
  return {
    incarnation: text(row.incarnation),
    event: integer(row.event),
    epoch: integer(row.epoch),
    epochsFrom: integer(row.epochs_from),
    restoredAt: integerOrNull(row.restored_at),
    job: integer(row.job),
    clock: integer(row.clock),
    databaseClock: integer(row.database_clock),
    writtenBy: textOrNull(row.written_by),
    transaction: textOrNull(row.transaction),
    written: 'waits' in row ? writtenOf(row) : null,
    oldestSchema: integerOrNull(row.oldest_schema) ?? 0,
  };
}

/** The connection may be gone, or the engine may have rolled back by itself: the first error is the one that counts. */
function* rollBack(cause: unknown): Script<void> {
  try {
    yield { name: 'rollback', rows: [[]], kind: 'select' };
  } catch (error) {
    if (cause instanceof Error && cause.cause === undefined) cause.cause = error;
  }
}
