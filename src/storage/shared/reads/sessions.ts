import { Fault } from '../../../core/faults.ts';
import { type SessionRecord, sessionEnds } from '../../../ports/records/locks.ts';
import type { Page } from '../../../ports/storage.ts';
import { integer, integerOrNull, oneOf, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { numericKey, pageOf, position, writeKey } from './position.ts';

export function* listSessions(it: {
  readonly ended: boolean;
  readonly limit: number;
  readonly after?: string;
}): Script<Page<SessionRecord>> {
  const asOf = yield* position();
  const before = it.after === undefined ? Number.MAX_SAFE_INTEGER : numericKey(it.after);
  const name = it.ended ? 'list-all-sessions' : 'list-open-sessions';
  const rows = yield* select(name, before, it.limit + 1);
  const records = yield* sessionRecords(rows);
  const page = pageOf(
    rows,
    it.limit,
    asOf,
    (row) => row,
    (row) => writeKey(integer(row.id)),
  );
  return { ...page, items: records.slice(0, it.limit) };
}

export function* getSession({ session }: { readonly session: number }): Script<SessionRecord> {
  const [record] = yield* sessionRecords([yield* sessionOf(session)]);
  if (record === undefined) throw new Error('a session without a record');
  return record;
}

export function* sessionOf(id: number): Script<Row> {
  const row = yield* selectOne('find-session', id);
  if (row === undefined) throw new Fault('session_unknown', { field: 'session', found: id.toString(36) });
  return row;
}

export function* sessionRecords(rows: readonly Row[]): Script<readonly SessionRecord[]> {
  if (rows.length === 0) return [];
  const opened = yield* select(
    'list-databases-of-sessions',
    rows.map((row) => integer(row.id)),
  );
  return rows.map((row) =>
    recordOf(
      row,
      opened.filter((it) => it.session_id === row.id),
    ),
  );
}

function recordOf(row: Row, opened: readonly Row[]): SessionRecord {
  const endedAt = integerOrNull(row.ended_at);
  return {
    id: integer(row.id),
    principal: text(row.principal),
    name: text(row.name),
    host: textOrNull(row.host),
    pid: integerOrNull(row.pid),
    openedAt: integer(row.opened_at),
    usedAt: integer(row.used_at),
    leaseMs: integer(row.lease_ms),
    leaseEndsAt: integer(row.lease_ends_at),
    idleMs: integerOrNull(row.idle_ms),
    databases: opened.map((it) => text(it.database)),
    forOneLock: row.for_one_lock === 1,
    ended:
      endedAt === null
        ? null
        : { at: endedAt, reason: oneOf(row.end_reason, sessionEnds), text: textOrNull(row.end_text) },
  };
}
