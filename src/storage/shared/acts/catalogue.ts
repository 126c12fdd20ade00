import { refuseProject, refuseShut } from '../../../core/catalogue/refusals.ts';
import { Fault } from '../../../core/faults.ts';
import { below } from '../../../core/locks/paths.ts';
import { refuseStale } from '../../../core/revision.ts';
import type { DatabaseChanges, DatabaseRecord, NewDatabase } from '../../../ports/records/catalogue.ts';
import { followRelease, reexamine } from '../locks/follow.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { databaseNamed } from './closures.ts';
import { followChosenRelease } from './releases.ts';

export function* addDatabase(tx: Transaction, it: NewDatabase): Script<DatabaseRecord> {
  if ((yield* tx.selectOne('find-project', it.name)) !== undefined)
    throw new Fault('database_exists', { found: it.name });
  yield* insertDatabase(tx, it);
  tx.record('database.added', null, it.name);
  if (it.state === 'on') yield* reexamine(tx, [it.name]);
  return yield* databaseNamed(tx, it.name);
}

/** Writes an entry of the catalogue, also that of a project. */
export function* insertDatabase(tx: Transaction, it: NewDatabase): Script<void> {
  if ((yield* tx.selectOne('list-databases-by-name', [it.name])) !== undefined)
    throw new Fault('database_exists', { found: it.name });
  const settings = JSON.stringify(it.settings);
  yield* tx.write('insert-database', [
    [it.name, it.kind, it.state, it.tag, it.description, settings, it.release, it.declaredIn, tx.now, 1],
  ]);
}

export function* changeDatabase(
  tx: Transaction,
  name: string,
  revision: number | null,
  changes: DatabaseChanges,
): Script<DatabaseRecord> {
  const database = yield* databaseNamed(tx, name);
  refuseProject(database);
  refuseStale(revision, database.revision);
  if (changes.state !== undefined && database.closure !== null) refuseShut(database);
  const next = { ...database, ...changes };
  if (JSON.stringify(next) === JSON.stringify(database)) return database;
  if (next.release !== database.release) yield* followChosenRelease(tx, name, next.release);
  yield* tx.write('set-database', [
    [name, next.state, next.tag, next.description, JSON.stringify(next.settings), next.release],
  ]);
  if (next.declaredIn !== database.declaredIn) yield* tx.write('set-declared-in', [[name, next.declaredIn]]);
  tx.record('database.changed', null, name);
  if (next.release !== database.release) yield* followRelease(tx, database, database.release);
  if (database.state === 'off' && next.state === 'on') yield* reexamine(tx, [name]);
  return yield* databaseNamed(tx, name);
}

/** Removes a database that nobody uses. */
export function* removeDatabase(tx: Transaction, name: string): Script<null> {
  const database = yield* databaseNamed(tx, name);
  refuseProject(database);
  const used = yield* tx.selectOne('find-use-of-database', name, ...below(name));
  if (used !== undefined || database.closure !== null) throw new Fault('database_in_use', { found: name });
  yield* tx.write('delete-database', [[name]]);
  yield* tx.write('delete-releases', [[name]]);
  tx.record('database.removed', null, name);
  return null;
}
