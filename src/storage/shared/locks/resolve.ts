import { readPath } from '../../../core/catalogue/database.ts';
import { refuseUnknownRelease, releaseIn } from '../../../core/catalogue/releases.ts';
import { databaseOf } from '../../../core/locks/paths.ts';
import { distinctLocks, type LockWish } from '../../../core/locks/wishes.ts';
import type { DatabaseRecord } from '../../../ports/records/catalogue.ts';
import { databaseRecordOf, unknownDatabase } from '../reads/catalogue.ts';
import { releasesAbout } from '../reads/releases.ts';
import { type Script, select } from '../script.ts';
import type { Transaction } from '../transaction.ts';

/** Databases by name; those that are not in the catalogue are not there. */
export type Databases = ReadonlyMap<string, DatabaseRecord>;

export interface Resolved {
  /** The release that is current now in place of a database of releases. */
  readonly locks: readonly LockWish[];
  /** A database among them that is off; null where all are open to locks. */
  readonly off: string | null;
}

/** What a set means now. */
export function resolveLocks(locks: readonly LockWish[], known: Databases): Resolved {
  const resolved = locks.map(({ path, mode }) => {
    const database = known.get(databaseOf(path));
    const read = database !== undefined && mode === 'shared';
    return { path: read ? readPath(path, database.kind, database.release) : path, mode };
  });
  const names = locks.map(({ path }) => databaseOf(path));
  // One that was removed, or deleted as a project, since it was asked for is not offered either.
  const off = names.find((name) => (known.get(name)?.state ?? 'off') === 'off');
  return { locks: distinctLocks(resolved), off: off ?? null };
}

/** Refuses what names a database, or a release, that is not there; gives the databases. */
export function* checkDatabases(tx: Transaction, locks: readonly LockWish[]): Script<Databases> {
  const known = yield* databasesOf(tx, locks);
  yield* refuseUnknown(locks, known);
  return known;
}

export function* refuseUnknown(locks: readonly LockWish[], known: Databases): Script<void> {
  for (const { path } of locks) {
    const name = databaseOf(path);
    const database = known.get(name);
    if (database === undefined) throw yield* unknownDatabase(name);
    const release = database.kind === 'files' ? releaseIn(path) : null;
    if (release !== null) refuseUnknownRelease(path, yield* releasesAbout(name, release));
  }
}

/** The databases of a set, for an act; sorted by name. */
export function* databasesOf(tx: Transaction, locks: readonly LockWish[]): Script<Databases> {
  const names = namesOf(locks);
  const found = names.flatMap((name) => tx.known.database(name) ?? []);
  if (found.length < names.length) {
    const there = new Set(found.map(({ name }) => name));
    const read = yield* listDatabases(names.filter((name) => !there.has(name)));
    for (const database of read) tx.known.rememberDatabase(database);
    found.push(...read);
    found.sort((one, other) => (one.name < other.name ? -1 : 1));
  }
  return new Map(found.map((database) => [database.name, database]));
}

/** The same for whoever only reads. */
export function* readDatabasesOf(locks: readonly LockWish[]): Script<Databases> {
  const read = yield* listDatabases(namesOf(locks));
  return new Map(read.map((database) => [database.name, database]));
}

export function namesOf(locks: readonly LockWish[]): readonly string[] {
  return [...new Set(locks.map(({ path }) => databaseOf(path)))].sort();
}

function* listDatabases(names: readonly string[]): Script<readonly DatabaseRecord[]> {
  return (yield* select('list-databases-by-name', names)).map(databaseRecordOf);
}
