import type { Enforcement } from '../../../core/catalogue/enforcement.ts';
import { refuseProject, refuseShut } from '../../../core/catalogue/refusals.ts';
import { Fault } from '../../../core/faults.ts';
import type { DatabaseRecord } from '../../../ports/records/catalogue.ts';
import { followRelease, reexamine, setState, settleClosure } from '../locks/follow.ts';
import { insertRequests, nobody, removeRequests, requestOf, waitingRequest } from '../locks/requests.ts';
import { databaseRecordOf, unknownDatabase } from '../reads/catalogue.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { followChosenRelease } from './releases.ts';

export interface CloseDatabase {
  readonly name: string;
  readonly reason: string | null;
  readonly until: number | null;
  readonly graceMs: number;
  readonly enforcement?: Enforcement | null;
}

/** Takes a ticket for the whole database; from now on nobody new comes in. */
export function* closeDatabase(
  tx: Transaction,
  principal: string,
  { name, reason, until, graceMs, enforcement = null }: CloseDatabase,
): Script<DatabaseRecord> {
  const database = yield* databaseNamed(tx, name);
  refuseProject(database);
  refuseShut(database);
  const locks = [{ path: name, mode: 'exclusive' as const }];
  const wait = { parkedOn: name, until: null, resolved: locks };
  const asked = waitingRequest(tx, { ...nobody, database: name }, locks, wait);
  yield* insertRequests(tx, [asked]);
  const roles = enforcement === null ? null : JSON.stringify(enforcement);
  yield* tx.write('insert-closure', [
    [name, asked.request.ticket, principal, reason, tx.now, tx.now + graceMs, until, roles],
  ]);
  yield* setState(tx, database, 'closing');
  tx.record('database.closing', null, name);
  yield* settleClosure(tx, name);
  return yield* databaseNamed(tx, name);
}

export function* reopenDatabase(
  tx: Transaction,
  name: string,
  release: string | null,
): Script<DatabaseRecord> {
  const database = yield* databaseNamed(tx, name);
  if (database.closure === null)
    throw new Fault('state_conflict', {
      detail: `${name} is not closed`,
      found: database.state,
      expected: 'closing or closed',
    });
  yield* reopen(tx, name, release);
  return yield* databaseNamed(tx, name);
}

/** Ends a closure, whoever made it, and lets in those who wait. */
export function* reopen(tx: Transaction, name: string, release: string | null): Script<void> {
  const database = yield* databaseNamed(tx, name);
  const row = yield* tx.selectOne('find-lock', database.closure?.ticket ?? 0);
  if (release !== null && release !== database.release) yield* followChosenRelease(tx, name, release);
  yield* tx.write('delete-closure', [[name]]);
  yield* setState(tx, database, 'on', release ?? database.release);
  tx.record('database.reopened', null, name);
  if (release !== null && release !== database.release) yield* followRelease(tx, database, database.release);
  if (row !== undefined) yield* reexamine(tx, yield* removeRequests(tx, [requestOf(row)]));
}

export function* databaseNamed(tx: Transaction, name: string): Script<DatabaseRecord> {
  const row = yield* tx.selectOne('list-databases-by-name', [name]);
  if (row === undefined) throw yield* unknownDatabase(name);
  return databaseRecordOf(row);
}
