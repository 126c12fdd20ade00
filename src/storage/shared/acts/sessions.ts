import { refuseShut } from '../../../core/catalogue/refusals.ts';
import { Fault } from '../../../core/faults.ts';
import { refuseSession } from '../../../core/leases/incarnation.ts';
import { databaseOf } from '../../../core/locks/paths.ts';
import type { NewSession, SessionNotice, SessionRecord } from '../../../ports/records/locks.ts';
import { endSessions, settleClosure } from '../locks/follow.ts';
import { requestOf } from '../locks/requests.ts';
import { checkDatabases } from '../locks/resolve.ts';
import { databaseRecordOf } from '../reads/catalogue.ts';
import { sessionOf, sessionRecords } from '../reads/sessions.ts';
import { integer } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';

export function* openSession(
  tx: Transaction,
  principal: string,
  { name, host, pid, leaseMs, idleMs, databases, forOneLock }: NewSession,
): Script<SessionRecord> {
  refuseSession(tx.now, tx.counters.restoredAt, tx.durations.leaseMs);
  yield* checkOpenable(tx, databases);
  const id = tx.nextEpoch();
  const values = [id, principal, name, host, pid, tx.now, tx.now, leaseMs, tx.now + leaseMs, idleMs];
  yield* tx.write('insert-session', [[...values, forOneLock ? 1 : 0]]);
  yield* tx.write(
    'open-databases',
    [...new Set(databases)].map((database) => [id, database]),
  );
  return yield* sessionRecord(tx, id);
}

export function* renewSession(
  tx: Transaction,
  it: { readonly principal: string; readonly session: number; readonly used: boolean },
): Script<{ readonly leaseMs: number; readonly notices: readonly SessionNotice[] }> {
  const session = yield* openSessionOf(tx, it.session, it.principal);
  yield* extend(tx, [session], it.used);
  return { leaseMs: integer(session.lease_ms), notices: yield* noticesFor(tx, it.session) };
}

/** What closes that the session has open, or holds something in, or waits for. */
function* noticesFor(tx: Transaction, session: number): Script<readonly SessionNotice[]> {
  const closing = (yield* tx.select('list-closing')).map(databaseRecordOf);
  if (closing.length === 0) return [];
  const [record] = yield* sessionRecords([yield* sessionOf(session)]);
  const locks = (yield* tx.select('list-locks-of-session', session)).map(requestOf);
  const used = new Set(record?.databases);
  for (const lock of locks) for (const { path } of lock.locks) used.add(databaseOf(path));
  return closing.flatMap(({ name, closure }) =>
    closure === null || !used.has(name)
      ? []
      : { database: name, reason: closure.reason, closesAt: closure.graceEndsAt, until: closure.until },
  );
}

export function* openDatabases(
  tx: Transaction,
  principal: string,
  it: { readonly session: number; readonly open: readonly string[]; readonly leave: readonly string[] },
): Script<SessionRecord> {
  const session = yield* openSessionOf(tx, it.session, principal);
  yield* checkOpenable(tx, it.open);
  yield* extend(tx, [session], true);
  yield* tx.write(
    'leave-databases',
    it.leave.map((database) => [it.session, database]),
  );
  yield* tx.write(
    'open-databases',
    [...new Set(it.open)].map((database) => [it.session, database]),
  );
  for (const database of it.leave) yield* settleClosure(tx, database);
  return yield* sessionRecord(tx, it.session);
}

function* checkOpenable(tx: Transaction, databases: readonly string[]): Script<void> {
  if (databases.length === 0) return;
  const locks = databases.map((path) => ({ path, mode: 'shared' as const }));
  const known = yield* checkDatabases(tx, locks);
  for (const database of known.values()) refuseShut(database);
}

export function* endSession(
  tx: Transaction,
  principal: string,
  { session, text }: { readonly session: number; readonly text: string | null },
): Script<SessionRecord> {
  const row = yield* sessionOf(session);
  if (row.ended_at === null)
    yield* endSessions(tx, [row], row.principal === principal ? 'closed' : 'ended_by_manager', text);
  return yield* sessionRecord(tx, session);
}

/** The caller’s own session, if it has not ended. */
export function* openSessionOf(tx: Transaction, id: number, principal: string): Script<Row> {
  return openOf(yield* tx.selectOne('find-session', id), id, principal);
}

/** The same of a row that was read. */
export function openOf(row: Row | undefined, id: number, principal: string): Row {
  if (row === undefined || row.principal !== principal)
    throw new Fault('session_unknown', { field: 'session', found: id.toString(36) });
  if (row.ended_at !== null)
    throw new Fault('session_ended', { facts: { reason: row.end_reason, text: row.end_text } });
  return row;
}

/** Extends their leases; gives their rows as they are then. */
export function* extend(tx: Transaction, sessions: readonly Row[], used: boolean): Script<readonly Row[]> {
  const extended = sessions.map((row) => {
    const used_at = used ? tx.now : integer(row.used_at);
    return { id: integer(row.id), used_at, lease_ends_at: tx.now + integer(row.lease_ms) };
  });
  yield* tx.write(
    'renew-session',
    extended.map(({ id, used_at, lease_ends_at }) => [id, used_at, lease_ends_at]),
  );
  return sessions.map((row, index) => ({ ...row, ...extended[index] }));
}

const atOnce = 500;
const keepEndedMs = 86_400_000;

/** Ends sessions whose lease is over, or that were not used for too long; forgets those that ended a day ago. */
export function* sweepSessions(tx: Transaction): Script<void> {
  yield* endSessions(tx, yield* tx.select('list-expired-sessions', tx.now, atOnce), 'lease_lost', null);
  yield* endSessions(tx, yield* tx.select('list-idle-sessions', tx.now, atOnce), 'idle', null);
  yield* tx.write('trim-sessions', [[tx.now - keepEndedMs]]);
}

function* sessionRecord(tx: Transaction, id: number): Script<SessionRecord> {
  const [record] = yield* sessionRecords(yield* tx.select('list-sessions-by-id', [id]));
  if (record === undefined) throw new Fault('session_unknown', { found: id.toString(36) });
  return record;
}
