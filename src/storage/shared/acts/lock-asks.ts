/**
 * Locks asked for, and given back. Those asks that share a transaction are answered together: what they need is read at
 * once, they are judged one after another, each as if those before it had been written, and all is written at once. Locks
 * are given back first; among acts under way at one time every order is as good.
 */
import { refuseShut } from '../../../core/catalogue/refusals.ts';
import { Fault, type FaultCode } from '../../../core/faults.ts';
import { obstacleTo, type Standing } from '../../../core/locks/judge.ts';
import { conflicts } from '../../../core/locks/modes.ts';
import { expand, type LockClaim, type LockWish } from '../../../core/locks/wishes.ts';
import type { LockClaimed } from '../../../ports/records/locks.ts';
import { lockConflict } from '../locks/conflict.ts';
import { free } from '../locks/follow.ts';
import { lockRecords } from '../locks/records.ts';
import {
  grantedRequest,
  insertRequests,
  type LockRequest,
  type NewRequest,
  nobody,
  requestOf,
  waitingRequest,
} from '../locks/requests.ts';
import { type Databases, databasesOf, namesOf, refuseUnknown, resolveLocks } from '../locks/resolve.ts';
import { standingAgainst, standingOf } from '../locks/standing.ts';
import type { Outcome } from '../outcome.ts';
import { integer } from '../rows.ts';
import { type Row, type Script, selectTogether } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { extend, openOf } from './sessions.ts';

export interface AcquireLocks {
  readonly session: number;
  readonly locks: readonly LockWish[];
  readonly wait: boolean;
  readonly waitMs: number | null;
}

export interface LockAsk {
  readonly principal: string;
  readonly acquire?: AcquireLocks;
  readonly release?: readonly LockClaimed[];
}

/** Answers all of them, in their order. */
export function* answerLockAsks(tx: Transaction, asks: readonly LockAsk[]): Script<readonly Outcome[]> {
  const outcomes = new Map<LockAsk, Outcome>();
  yield* releaseAll(tx, asks, outcomes);
  yield* acquireAll(tx, asks, outcomes);
  return asks.map((ask) => {
    const outcome = outcomes.get(ask);
    if (outcome === undefined) throw new Error('an ask for locks without an answer');
    return outcome;
  });
}

/** Why somebody may not act on a request as its holder; `session`: the row of the session whose it is. */
export function refusalOf(
  request: LockRequest,
  session: Row,
  principal: string,
  epoch: number,
): FaultCode | null {
  if (request.sessionId === null || session.principal !== principal) return 'lock_not_held';
  return (request.epoch ?? 0) === epoch ? null : 'lock_lost';
}

function* releaseAll(
  tx: Transaction,
  asks: readonly LockAsk[],
  outcomes: Map<LockAsk, Outcome>,
): Script<void> {
  const tickets = asks.flatMap(({ release = [] }) => release.map(({ ticket }) => ticket));
  if (tickets.length === 0 && asks.every(({ release }) => release === undefined)) return;
  const rows = yield* tx.select('list-locks-with-sessions', [...new Set(tickets)]);
  const found = new Map(rows.map((row) => [integer(row.ticket), row]));
  const going = new Map<string, Map<number, Row>>();
  for (const ask of asks) {
    if (ask.release === undefined) continue;
    const mine = going.get(ask.principal) ?? new Map<number, Row>();
    const value = ask.release.map(({ ticket, epoch }) => {
      const row = found.get(ticket);
      const code = row === undefined ? 'lock_unknown' : refusalOf(requestOf(row), row, ask.principal, epoch);
      if (row !== undefined && code === null) {
        mine.set(ticket, row);
        forget(found, ticket);
      }
      return { ticket, released: code === null, code };
    });
    outcomes.set(ask, { done: true, value });
    going.set(ask.principal, mine);
  }
  for (const [principal, gone] of going) {
    tx.begin(principal);
    yield* release(tx, [...gone.values()]);
    tx.end(true);
  }
}

/** What was given back, and what else went with the session that was opened for it alone. */
function forget(found: Map<number, Row>, ticket: number): void {
  const row = found.get(ticket);
  found.delete(ticket);
  if (row?.for_one_lock !== 1) return;
  for (const [other, { session_id }] of found) if (session_id === row.session_id) found.delete(other);
}

function* release(tx: Transaction, rows: readonly Row[]): Script<void> {
  const sessions = new Map(rows.map((row) => [row.id, row]));
  const extended = yield* extend(tx, [...sessions.values()], true);
  yield* free(tx, rows.map(requestOf), extended);
}

interface Acquiring extends AcquireLocks {
  readonly ask: LockAsk;
  /** With the release that is current now. */
  readonly resolved: readonly LockWish[];
  readonly claims: readonly LockClaim[];
}

/** What acts before it wrote, and what those asks that were judged before it will. */
interface Judging {
  readonly known: Databases;
  readonly sessions: ReadonlyMap<number, Row>;
  readonly own: Map<number, LockRequest[]>;
  readonly standing: Map<string, Standing[]>;
  readonly unwritten: NewRequest[];
  readonly extended: Map<number, Row>;
}

function* acquireAll(
  tx: Transaction,
  asks: readonly LockAsk[],
  outcomes: Map<LockAsk, Outcome>,
): Script<void> {
  const wanted = asks.flatMap((ask) => (ask.acquire === undefined ? [] : [{ ask, ...ask.acquire }]));
  if (wanted.length === 0) return;
  const known = yield* databasesOf(
    tx,
    wanted.flatMap(({ locks }) => locks),
  );
  const acquiring = wanted.map((it): Acquiring => {
    const { locks } = resolveLocks(it.locks, known);
    return { ...it, resolved: locks, claims: expand(locks) };
  });
  const judging = yield* readFor(tx, acquiring, known);
  const requests = new Map<LockAsk, LockRequest>();
  for (const it of acquiring) {
    try {
      requests.set(it.ask, yield* judge(tx, it, judging));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      outcomes.set(it.ask, { done: false, error });
    }
  }
  yield* writeJudged(tx, judging);
  const records = yield* lockRecords([...requests.values()], [...judging.extended.values()]);
  const byTicket = new Map(records.map((record) => [record.ticket, record]));
  for (const [ask, { ticket }] of requests) outcomes.set(ask, { done: true, value: byTicket.get(ticket) });
}

function* readFor(tx: Transaction, acquiring: readonly Acquiring[], known: Databases): Script<Judging> {
  const ids = [...new Set(acquiring.map(({ session }) => session))];
  const [sessions = [], held = [], standing = []] = yield* selectTogether(
    ['list-sessions-by-id', ids],
    ['list-locks-of-sessions', ids],
    standingAgainst(
      acquiring.flatMap(({ claims }) => claims),
      null,
    ),
  );
  const judging: Judging = {
    known,
    sessions: new Map(sessions.map((row) => [integer(row.id), row])),
    own: new Map(),
    standing: new Map(),
    unwritten: [],
    extended: new Map(),
  };
  for (const request of held.map(requestOf)) addOwn(judging, request);
  for (const one of yield* standingOf(tx, standing)) addStanding(judging, one);
  return judging;
}

function addOwn({ own }: Judging, request: LockRequest): void {
  const id = request.sessionId ?? 0;
  const before = own.get(id);
  if (before === undefined) own.set(id, [request]);
  else before.push(request);
}

function addStanding({ standing }: Judging, one: Standing): void {
  const before = standing.get(one.path);
  if (before === undefined) standing.set(one.path, [one]);
  else before.push(one);
}

/** Grants it or lets it wait, or throws why not. */
function* judge(tx: Transaction, it: Acquiring, judging: Judging): Script<LockRequest> {
  const { claims, resolved } = it;
  const session = openOf(judging.sessions.get(it.session), it.session, it.ask.principal);
  yield* refuseUnknown(it.locks, judging.known);
  for (const name of namesOf(it.locks)) {
    const database = judging.known.get(name);
    if (database !== undefined) refuseShut(database);
  }
  const own = judging.own.get(it.session) ?? [];
  refuseOwn(claims, own);
  const standing = claims.flatMap(({ path }) => judging.standing.get(path) ?? []);
  const blocked = obstacleTo(claims, null, standing);
  if (blocked !== null && !it.wait) {
    yield* writeJudged(tx, judging);
    throw yield* lockConflict(tx, 'lock_conflict', resolved);
  }
  if (blocked !== null && own.length > 0) throw new Fault('deadlock_avoided');
  const asker = { ...nobody, sessionId: it.session };
  const until = it.waitMs === null ? null : tx.now + it.waitMs;
  const made =
    blocked === null
      ? grantedRequest(tx, asker, resolved)
      : waitingRequest(tx, asker, it.locks, { parkedOn: blocked.path, until, resolved });
  judging.unwritten.push(made);
  judging.extended.set(it.session, session);
  addOwn(judging, made.request);
  const { ticket } = made.request;
  for (const claim of claims)
    addStanding(judging, { ...claim, ticket, granted: blocked === null, live: true });
  return made.request;
}

function* writeJudged(tx: Transaction, { unwritten, sessions, extended }: Judging): Script<void> {
  yield* insertRequests(tx, unwritten.splice(0));
  const unextended = [...extended.values()].filter((row) => sessions.get(integer(row.id)) === row);
  for (const row of yield* extend(tx, unextended, true)) extended.set(integer(row.id), row);
}

/** What a session holds already is changed, not asked for again. */
function refuseOwn(claims: readonly LockClaim[], own: readonly LockRequest[]): void {
  const held = own.flatMap((request) => expand(request.locks));
  const twice = claims.find((claim) =>
    held.some((other) => other.path === claim.path && conflicts(claim.mode, other.mode)),
  );
  if (twice !== undefined)
    throw new Fault('lock_conflict', {
      detail: `This session itself holds, or waits for, ${twice.path}: make that lock stronger or weaker instead`,
      facts: { path: twice.path, tickets: own.map(({ ticket }) => ticket) },
    });
}
