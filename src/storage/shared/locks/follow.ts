/**
 * What follows when something changes. Who waits is looked at again when something changed on the path under which it is
 * parked, and only then: whatever stands in its way has a row on that path, so its going changes that path. Those that
 * the change frees are granted in the order of their tickets. A closure waits like the others, and for its grace.
 */

import { readPath } from '../../../core/catalogue/database.ts';
import { dueRank } from '../../../core/dispatch/rank.ts';
import { conflicts, type LockMode } from '../../../core/locks/modes.ts';
import { below, databaseOf } from '../../../core/locks/paths.ts';
import { expand } from '../../../core/locks/wishes.ts';
import type { DatabaseRecord } from '../../../ports/records/catalogue.ts';
import type { SessionEnd } from '../../../ports/records/locks.ts';
import { wakeClasses } from '../acts/know.ts';
import { databaseRecordOf } from '../reads/catalogue.ts';
import { integer, liveOf, text } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import {
  claimOf,
  grantWaiting,
  type LockRequest,
  removeRequests,
  requestOf,
  rewriteClaims,
} from './requests.ts';
import { databasesOf, resolveLocks } from './resolve.ts';
import { obstacle } from './standing.ts';

/** Takes requests away, and grants what that frees. `read`: the rows of all their sessions, where they were read already. */
export function* free(
  tx: Transaction,
  requests: readonly LockRequest[],
  read: readonly Row[] | null = null,
): Script<void> {
  if (requests.length === 0) return;
  if (requests.some(({ epoch }) => epoch === null)) tx.wakeLocks();
  const changed = yield* removeRequests(tx, requests);
  const ids = [...new Set(requests.flatMap(({ sessionId }) => sessionId ?? []))];
  const sessions = ids.length === 0 ? [] : (read ?? (yield* tx.select('list-sessions-by-id', ids)));
  const forOneLock = sessions.filter((row) => row.for_one_lock === 1 && row.ended_at === null);
  yield* endSessions(tx, forOneLock, 'closed', null);
  yield* reexamine(tx, changed);
}

/**
 * Looks again at those who are parked on these paths. Whoever still has one before it there, waiting or granted by now,
 * that excludes it, is passed over: it stays where it is.
 */
export function* reexamine(tx: Transaction, changed: Iterable<string>): Script<void> {
  const before = new Map<string, Set<LockMode>>();
  for (const parked of yield* tx.select('list-parked', [...changed])) {
    const path = text(parked.parked_on);
    const wanted = wantedBy(parked, path);
    const ahead = before.get(path) ?? new Set();
    if (wanted !== null && [...ahead].some((mode) => conflicts(mode, wanted))) continue;
    // Read again: a closure before it may have ended its session.
    const row = yield* tx.selectOne('find-lock', integer(parked.ticket));
    if (row === undefined || row.parked_on === null) continue;
    yield* look(tx, requestOf(row));
    if (wanted !== null) before.set(path, ahead.add(wanted));
  }
}

/**
 * What a request of a session is sure to hold on a path, now as at its grant; null where that depends on the release that
 * is current, and for jobs, which may sleep, and closures, which wait for their grace too.
 */
function wantedBy(row: Row, path: string): LockMode | null {
  const request = requestOf(row);
  const readsCurrent = request.locks.some((wish) => wish.path === path && wish.mode === 'shared');
  if (request.sessionId === null || (readsCurrent && databaseOf(path) === path)) return null;
  const asked = expand(request.locks).find((claim) => claim.path === path)?.mode;
  return asked !== undefined && asked === row.wanted ? asked : null;
}

function* look(tx: Transaction, request: LockRequest): Script<void> {
  if (request.database !== null) return yield* settleClosure(tx, request.database);
  const { locks, off } = resolveLocks(request.locks, yield* databasesOf(tx, request.locks));
  const path = off ?? (yield* obstacle(tx, locks, request.ticket))?.path ?? null;
  if (path === null && request.classId !== null) yield* makeDue(tx, request, request.classId);
  else if (path === null) {
    yield* grantWaiting(tx, request, locks);
    tx.wakeLocks();
  } else if (path !== request.parkedOn) yield* tx.write('park-lock', [[request.ticket, path]]);
}

/** The locks of a class of jobs may be granted now. */
function* makeDue(tx: Transaction, request: LockRequest, classId: number): Script<void> {
  const first = yield* tx.selectOne('list-ready-of-class', classId, 1);
  if (first === undefined) throw new Error(`class ${classId} waits for locks without a job`);
  yield* tx.write('park-lock', [[request.ticket, null]]);
  yield* tx.write('park-class', [[classId, null]]);
  yield* tx.write('set-heads', [[classId, dueRank(request.ticket), liveOf(first).id]]);
  yield* wakeClasses(tx, [classId]);
}

/** After another release than `before` became current: whoever waits to read the database waits for that one. */
export function* followRelease(
  tx: Transaction,
  { name, kind }: Pick<DatabaseRecord, 'name' | 'kind'>,
  before: string | null,
): Script<void> {
  const old = readPath(name, kind, before);
  const claims = (yield* tx.select('list-claims-on', [old])).map(claimOf);
  const waiting = claims.filter(({ granted }) => !granted).map(({ ticket }) => ticket);
  for (const row of yield* tx.select('list-locks-of-tickets', waiting)) {
    const request = requestOf(row);
    if (!request.locks.some(({ path, mode }) => path === name && mode === 'shared')) continue;
    const { locks } = resolveLocks(request.locks, yield* databasesOf(tx, request.locks));
    yield* rewriteClaims(tx, request, locks);
  }
  yield* reexamine(tx, [name, old]);
}

/**
 * Lets a closure that waits go on: when its grace is over, sessions in the database are ended; when nobody holds
 * anything there, it is closed.
 */
export function* settleClosure(tx: Transaction, name: string): Script<void> {
  if (tx.counters.restoredAt !== null) return;
  const row = yield* closingRow(tx, name);
  if (row?.closure == null) return;
  const { ticket, graceEndsAt, reason } = row.closure;
  if (tx.now >= graceEndsAt) {
    yield* endSessions(tx, yield* sessionsIn(tx, name), 'database_closed', reason);
    if ((yield* closingRow(tx, name)) === null) return;
  } else if ((yield* tx.select('list-sessions-in', name)).length > 0) return;
  const asked = yield* tx.selectOne('find-lock', ticket);
  if (asked === undefined) throw new Error(`the closure of ${name} has no request`);
  const request = requestOf(asked);
  const path = (yield* obstacle(tx, request.locks, ticket))?.path ?? null;
  if (path === null) {
    yield* grantWaiting(tx, request, request.locks);
    yield* setState(tx, row, 'closed');
    tx.record('database.closed', null, name);
    tx.wakeLocks();
  } else if (path !== request.parkedOn) yield* tx.write('park-lock', [[ticket, path]]);
}

/** Sessions that have it open, hold something in it, or wait for it. */
function* sessionsIn(tx: Transaction, name: string): Script<readonly Row[]> {
  const open = yield* tx.select('list-sessions-in', name);
  const locking = yield* tx.select('list-sessions-locking', name, ...below(name));
  return [...new Map([...open, ...locking].map((row) => [row.id, row])).values()];
}

function* closingRow(tx: Transaction, name: string): Script<DatabaseRecord | null> {
  const row = yield* tx.selectOne('list-databases-by-name', [name]);
  const database = row === undefined ? null : databaseRecordOf(row);
  return database?.state === 'closing' ? database : null;
}

export function* setState(
  tx: Transaction,
  database: DatabaseRecord,
  state: DatabaseRecord['state'],
  release = database.release,
): Script<void> {
  const { name, tag, description, settings } = database;
  yield* tx.write('set-database', [[name, state, tag, description, JSON.stringify(settings), release]]);
}

/** Ends sessions: what they held, waited for and had open is free at once. */
export function* endSessions(
  tx: Transaction,
  sessions: readonly Row[],
  reason: SessionEnd,
  said: string | null,
): Script<void> {
  if (sessions.length === 0) return;
  const ids = sessions.map((row) => integer(row.id));
  const opened = yield* tx.select('list-databases-of-sessions', ids);
  yield* tx.write(
    'end-session',
    ids.map((id) => [id, tx.now, reason, said]),
  );
  yield* tx.write(
    'leave-all-databases',
    ids.map((id) => [id]),
  );
  if (reason !== 'closed') tx.record('session.ended', null);
  const requests = (yield* tx.select('list-locks-of-sessions', ids)).map(requestOf);
  yield* free(tx, requests);
  for (const database of new Set(opened.map((row) => text(row.database)))) yield* settleClosure(tx, database);
}
