import { Fault } from '../../../core/faults.ts';
import { obstacleTo, withMode } from '../../../core/locks/judge.ts';
import { expand, type LockWish } from '../../../core/locks/wishes.ts';
import type { LockClaimed, LockRecord } from '../../../ports/records/locks.ts';
import { lockConflict } from '../locks/conflict.ts';
import { endSessions, free, reexamine, settleClosure } from '../locks/follow.ts';
import { giveUpTicket } from '../locks/jobs.ts';
import { lockRecords } from '../locks/records.ts';
import { claimOf, type LockRequest, requestOf, rewrite } from '../locks/requests.ts';
import { findLock, lockUnknown } from '../reads/locks.ts';
import { integer, text } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { reopen } from './closures.ts';
import { refusalOf } from './lock-asks.ts';
import { extend } from './sessions.ts';

export interface ChangeLock {
  readonly lock: LockClaimed;
  readonly path: string;
  readonly mode: LockWish['mode'];
}

export function* changeLock(tx: Transaction, principal: string, it: ChangeLock): Script<LockRecord> {
  const row = yield* tx.selectOne('list-locks-with-sessions', [it.lock.ticket]);
  if (row === undefined) throw lockUnknown(it.lock.ticket);
  const request = requestOf(row);
  const code = refusalOf(request, row, principal, it.lock.epoch);
  if (code !== null) throw new Fault(code, { found: it.lock.epoch, facts: { epoch: request.epoch } });
  const wish = request.locks.find(({ path }) => path === it.path);
  if (request.epoch === null || wish === undefined)
    throw new Fault('lock_not_held', {
      field: 'path',
      found: it.path,
      expected: `a path of this lock: ${request.locks.map(({ path }) => path).join(', ')}`,
    });
  if (wish.mode === it.mode) return yield* recordOf(request, row);
  const locks = withMode(request.locks, it.path, it.mode);
  const stronger = it.mode === 'exclusive';
  if (stronger && !(yield* soleHolder(tx, locks, request.ticket)))
    throw yield* lockConflict(tx, 'lock_upgrade_conflict', locks, request.ticket);
  const changed = { ...request, locks, epoch: stronger ? tx.nextEpoch() : request.epoch };
  yield* rewrite(tx, changed);
  const [session = row] = yield* extend(tx, [row], true);
  if (!stronger)
    yield* reexamine(
      tx,
      expand(request.locks).map(({ path }) => path),
    );
  return yield* recordOf(changed, session);
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
  const [record] = yield* lockRecords([request]);
  if (record === undefined) throw new Error('a lock without a record');
  if (request.database !== null) yield* reopen(tx, request.database, null);
  else if (request.classId !== null) yield* giveUpTicket(tx, request, request.classId);
  else yield* free(tx, [request]);
  tx.record('lock.broken', null, request.database);
  return record;
}

const atOnce = 500;

/** Takes back tickets that waited as long as they were to: before anything is freed that they could still be granted. */
export function* sweepWaits(tx: Transaction): Script<void> {
  yield* free(tx, (yield* tx.select('list-expired-waits', tx.now, atOnce)).map(requestOf));
}

/** Lets closures go on whose grace is over; `all`: each that can, since until now none was let. */
export function* sweepClosures(tx: Transaction, all: boolean): Script<void> {
  for (const row of yield* tx.select('list-closing'))
    if (all || integer(row.grace_ends_at) <= tx.now) yield* settleClosure(tx, text(row.name));
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

/** `session`: the row of the session whose request it is. */
function* recordOf(request: LockRequest, session: Row): Script<LockRecord> {
  const [record] = yield* lockRecords([request], [session]);
  if (record === undefined) throw new Error('a lock without a record');
  return record;
}
