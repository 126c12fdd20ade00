import { Fault } from '../../../core/faults.ts';
import { ancestorsOf, below } from '../../../core/locks/paths.ts';
import { allows } from '../../../core/locks/wishes.ts';
import type { LockRecord } from '../../../ports/records/locks.ts';
import type { Page } from '../../../ports/storage.ts';
import { lockRecords } from '../locks/records.ts';
import { claimOf, type LockRequest, requestOf } from '../locks/requests.ts';
import { integer } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { numericKey, pageOf, position, writeKey } from './position.ts';

export function* findLock(ticket: number): Script<LockRequest> {
  const row = yield* selectOne('find-lock', ticket);
  if (row === undefined) throw lockUnknown(ticket);
  return requestOf(row);
}

export function lockUnknown(ticket: number): Fault {
  return new Fault('lock_unknown', { field: 'lock', found: ticket.toString(36) });
}

export function* getLock({ ticket }: { readonly ticket: number }): Script<LockRecord> {
  const [record] = yield* lockRecords([yield* findLock(ticket)]);
  if (record === undefined) throw lockUnknown(ticket);
  return record;
}

export function* waitingAmong({
  tickets,
}: {
  readonly tickets: readonly number[];
}): Script<readonly number[]> {
  const requests = (yield* select('list-locks-of-tickets', tickets)).map(requestOf);
  return requests.filter(({ epoch }) => epoch === null).map(({ ticket }) => ticket);
}

export function* listLocks(it: {
  readonly path: string | null;
  readonly limit: number;
  readonly after?: string;
}): Script<Page<LockRecord>> {
  const asOf = yield* position();
  const after = numericKey(it.after);
  const rows =
    it.path === null
      ? yield* select('list-locks', after, it.limit + 1)
      : yield* select(
          'list-locks-touching',
          it.path,
          ...below(it.path),
          after,
          it.limit + 1,
          ancestorsOf(it.path),
        );
  const records = yield* lockRecords(rows.slice(0, it.limit).map(requestOf));
  return { ...pageOf(rows, it.limit, asOf, requestOf, keyOf), items: records };
}

function keyOf(row: Row): string {
  return writeKey(integer(row.ticket));
}

/** Whether this epoch holds the path. */
export function* checkLock(it: {
  readonly path: string;
  readonly mode: 'shared' | 'exclusive';
  readonly epoch: number;
}): Script<{ readonly held: boolean }> {
  const claims = (yield* select('list-claims-on', [...ancestorsOf(it.path), it.path]))
    .map(claimOf)
    .filter(({ granted }) => granted);
  const tickets = [...new Set(claims.map(({ ticket }) => ticket))];
  if (tickets.length === 0) return { held: false };
  const requests = (yield* select('list-locks-of-tickets', tickets)).map(requestOf);
  return { held: requests.some(({ epoch, locks }) => epoch === it.epoch && allows(locks, it)) };
}
