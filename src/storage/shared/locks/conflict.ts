import { Fault } from '../../../core/faults.ts';
import { saidOf } from '../../../core/locks/in-the-way.ts';
import { conflicts } from '../../../core/locks/modes.ts';
import { expand, type LockWish } from '../../../core/locks/wishes.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { lockRecords } from './records.ts';
import { claimOf, requestOf } from './requests.ts';

/** The refusal that names those who are in the way of a set; `ticket` is left out. */
export function* lockConflict(
  tx: Transaction,
  code: 'lock_conflict' | 'lock_upgrade_conflict',
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
