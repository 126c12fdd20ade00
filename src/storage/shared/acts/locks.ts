import { refuseShut } from '../../../core/catalogue/refusals.ts';
import { Fault, type FaultCode } from '../../../core/faults.ts';
import { saidOf } from '../../../core/locks/in-the-way.ts';
import { obstacleTo, withMode } from '../../../core/locks/judge.ts';
import { conflicts } from '../../../core/locks/modes.ts';
import { expand, type LockWish } from '../../../core/locks/wishes.ts';
import type { LockClaimed, LockRecord } from '../../../ports/records/locks.ts';
import { endSessions, free, reexamine, settleClosure } from '../locks/follow.ts';
import { giveUpTicket } from '../locks/jobs.ts';
import { lockRecords } from '../locks/records.ts';
import {
  claimOf,
  insertGranted,
  insertWaiting,
  type LockRequest,
  nobody,
  requestOf,
  rewrite,
} from '../locks/requests.ts';
import { checkDatabases, resolveLocks } from '../locks/resolve.ts';
import { obstacle } from '../locks/standing.ts';
import { findLock } from '../reads/locks.ts';
import { integer, text } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { reopen } from './closures.ts';
import { extend, openSessionOf } from './sessions.ts';

export interface AcquireLocks {
  readonly session: number;
  readonly locks: readonly LockWish[];
  readonly wait: boolean;
  readonly waitMs: number | null;
}

export function* acquireLocks(tx: Transaction, principal: string, it: AcquireLocks): Script<LockRecord> {
  const session = yield* openSessionOf(tx, it.session, principal);
  for (const database of (yield* checkDatabases(it.locks)).values()) refuseShut(database);
  const { locks } = yield* resolveLocks(it.locks);
  const own = (yield* tx.select('list-locks-of-session', it.session)).map(requestOf);
  refuseOwn(locks, own);
  const blocked = yield* obstacle(tx, locks, null);
  if (blocked !== null && !it.wait) throw yield* conflict('lock_conflict', tx, locks);
  if (blocked !== null && own.length > 0) throw new Fault('deadlock_avoided');
  yield* extend(tx, session, true);
  const asker = { ...nobody, sessionId: it.session };
  const request =
    blocked === null
      ? yield* insertGranted(tx, asker, locks)
      : yield* insertWaiting(tx, asker, it.locks, {
          parkedOn: blocked.path,
          until: it.waitMs === null ? null : tx.now + it.waitMs,
          resolved: locks,
        });
  return yield* recordOf(request);
}

/** What a session holds already is changed, not asked for again. */
function refuseOwn(locks: readonly LockWish[], own: readonly LockRequest[]): void {
  const held = own.flatMap((request) => expand(request.locks));
  const twice = expand(locks).find((claim) =>
    held.some((other) => other.path === claim.path && conflicts(claim.mode, other.mode)),
  );
  if (twice !== undefined)
    throw new Fault('lock_conflict', {
      detail: `This session itself holds, or waits for, ${twice.path}: make that lock stronger or weaker instead`,
      facts: { path: twice.path, tickets: own.map(({ ticket }) => ticket) },
    });
}

/** The refusal that names those who are in the way. */
function* conflict(
  code: 'lock_conflict' | 'lock_upgrade_conflict',
  tx: Transaction,
  locks: readonly LockWish[],
  ticket: number | null = null,
): Script<Fault> {
  const claims = expand(locks);
  const rows = (yield* tx.select(
    'list-claims-on',
    claims.map(({ path }) => path),
  )).map(claimOf);
  const inTheWay = rows.filter(
    (row) =>
      row.ticket !== ticket &&
      claims.some((claim) => claim.path === row.path && conflicts(claim.mode, row.mode)),
  );
  const tickets = [...new Set(inTheWay.map((row) => row.ticket))];
  const requests = (yield* tx.select('list-locks-of-tickets', tickets)).map(requestOf);
  const records = yield* lockRecords(requests);
  const holders = records.map((record) => ({ ticket: record.ticket, state: record.state, ...record.holder }));
  const position = 1 + records.filter((record) => record.state === 'waiting' && !record.asleep).length;
  return new Fault(code, saidOf(holders, position));
}

export function* releaseLocks(
  tx: Transaction,
  principal: string,
  locks: readonly LockClaimed[],
): Script<
  readonly { readonly ticket: number; readonly released: boolean; readonly code: FaultCode | null }[]
> {
  const results = [];
  const going: LockRequest[] = [];
  for (const { ticket, epoch } of locks) {
    const row = yield* tx.selectOne('find-lock', ticket);
    const request = row === undefined ? null : requestOf(row);
    const code = request === null ? 'lock_unknown' : yield* refusal(tx, principal, request, epoch);
    results.push({ ticket, released: code === null, code });
    if (code === null && request !== null) going.push(request);
  }
  for (const session of new Set(going.flatMap(({ sessionId }) => sessionId ?? [])))
    yield* extend(tx, yield* openSessionOf(tx, session, principal), true);
  yield* free(tx, going);
  return results;
}

function* refusal(
  tx: Transaction,
  principal: string,
  request: LockRequest,
  epoch: number,
): Script<FaultCode | null> {
  if (request.sessionId === null) return 'lock_not_held';
  const session = yield* tx.selectOne('find-session', request.sessionId);
  if (session?.principal !== principal) return 'lock_not_held';
  return (request.epoch ?? 0) === epoch ? null : 'lock_lost';
}

export interface ChangeLock {
  readonly lock: LockClaimed;
  readonly path: string;
  readonly mode: LockWish['mode'];
}

export function* changeLock(tx: Transaction, principal: string, it: ChangeLock): Script<LockRecord> {
  const request = yield* findLock(it.lock.ticket);
  const code = yield* refusal(tx, principal, request, it.lock.epoch);
  if (code !== null) throw new Fault(code, { found: it.lock.epoch, facts: { epoch: request.epoch } });
  const wish = request.locks.find(({ path }) => path === it.path);
  if (request.epoch === null || wish === undefined)
    throw new Fault('lock_not_held', {
      field: 'path',
      found: it.path,
      expected: `a path of this lock: ${request.locks.map(({ path }) => path).join(', ')}`,
    });
  if (wish.mode === it.mode) return yield* recordOf(request);
  const locks = withMode(request.locks, it.path, it.mode);
  const stronger = it.mode === 'exclusive';
  if (stronger && !(yield* soleHolder(tx, locks, request.ticket)))
    throw yield* conflict('lock_upgrade_conflict', tx, locks, request.ticket);
  const changed = { ...request, locks, epoch: stronger ? tx.nextEpoch() : request.epoch };
  yield* rewrite(tx, changed);
  if (request.sessionId !== null)
    yield* extend(tx, yield* openSessionOf(tx, request.sessionId, principal), true);
  if (!stronger)
    yield* reexamine(
      tx,
      expand(request.locks).map(({ path }) => path),
    );
  return yield* recordOf(changed);
}

/** Whether nobody else holds what conflicts; those who wait come after it in any case. */
function* soleHolder(tx: Transaction, locks: readonly LockWish[], ticket: number): Script<boolean> {
  const claims = expand(locks);
  const rows = (yield* tx.select(
    'list-claims-on',
    claims.map(({ path }) => path),
  )).map(claimOf);
  const granted = rows.filter((row) => row.granted).map((row) => ({ ...row, live: true }));
  return obstacleTo(claims, ticket, granted) === null;
}

/** Takes a request from whoever has it. A closure that is broken leaves its database open. */
export function* breakLock(tx: Transaction, ticket: number): Script<LockRecord> {
  const request = yield* findLock(ticket);
  const record = yield* recordOf(request);
  if (request.database !== null) yield* reopen(tx, request.database, null);
  else if (request.classId !== null) yield* giveUpTicket(tx, request, request.classId);
  else yield* free(tx, [request]);
  tx.record('lock.broken', null, [], request.database);
  return record;
}

const atOnce = 500;

/** Takes back tickets that waited as long as they were to: before anything is freed that they could still be granted. */
export function* sweepWaits(tx: Transaction): Script<void> {
  yield* free(tx, (yield* tx.select('list-expired-waits', tx.now, atOnce)).map(requestOf));
}

/** Lets closures go on whose grace is over. */
export function* sweepClosures(tx: Transaction): Script<void> {
  for (const row of yield* tx.select('list-closing'))
    if (integer(row.grace_ends_at) <= tx.now) yield* settleClosure(tx, text(row.name));
}

/**
 * In a restored storage no session of before counts. Closures stand, but whoever updates under one must ask for its epoch
 * again.
 */
export function* restoreLocks(tx: Transaction): Script<void> {
  const open = yield* tx.select('list-open-sessions', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  yield* endSessions(tx, open, 'restored', null);
  const closed = (yield* tx.select('list-locks', 0, Number.MAX_SAFE_INTEGER)).map(requestOf);
  for (const request of closed)
    if (request.database !== null && request.epoch !== null)
      yield* rewrite(tx, { ...request, epoch: tx.nextEpoch() });
}

function* recordOf(request: LockRequest): Script<LockRecord> {
  const [record] = yield* lockRecords([request]);
  if (record === undefined) throw new Error('a lock without a record');
  return record;
}
