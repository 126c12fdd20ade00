import { readPath } from '../../../core/catalogue/database.ts';
import { refuseUnknownRelease, releaseIn } from '../../../core/catalogue/releases.ts';
import { databaseOf } from '../../../core/locks/paths.ts';
import { distinctLocks, type LockWish } from '../../../core/locks/wishes.ts';
import type { DatabaseRecord } from '../../../ports/records/catalogue.ts';
import { databaseRecordOf, unknownDatabase } from '../reads/catalogue.ts';
import { releasesAbout } from '../reads/releases.ts';
import { type Script, select } from '../script.ts';

export interface Resolved {
  /** The release that is current now in place of a database of releases. */
  readonly locks: readonly LockWish[];
  /** A database among them that is off; null where all are open to locks. */
  readonly off: string | null;
  /** The databases, by name. */
  readonly known: ReadonlyMap<string, DatabaseRecord>;
}

/** What a set means now. */
export function* resolveLocks(locks: readonly LockWish[]): Script<Resolved> {
  const known = yield* databasesOf(locks);
  const resolved = locks.map(({ path, mode }) => {
    const database = known.get(databaseOf(path));
    const read = database !== undefined && mode === 'shared';
    return { path: read ? readPath(path, database.kind, database.release) : path, mode };
  });
  const names = locks.map(({ path }) => databaseOf(path));
  // One that was removed, or deleted as a project, since it was asked for is not offered either.
  const off = names.find((name) => (known.get(name)?.state ?? 'off') === 'off');
  return { locks: distinctLocks(resolved), off: off ?? null, known };
}

/** Refuses what names a database, or a release, that is not there. */
export function* checkDatabases(locks: readonly LockWish[]): Script<ReadonlyMap<string, DatabaseRecord>> {
  const known = yield* databasesOf(locks);
  for (const { path } of locks) {
    const name = databaseOf(path);
    const database = known.get(name);
    if (database === undefined) throw yield* unknownDatabase(name);
    const release = database.kind === 'files' ? releaseIn(path) : null;
    if (release !== null) refuseUnknownRelease(path, yield* releasesAbout(name, release));
  }
  return known;
}

function* databasesOf(locks: readonly LockWish[]): Script<ReadonlyMap<string, DatabaseRecord>> {
  const names = [...new Set(locks.map(({ path }) => databaseOf(path)))];
  const rows = yield* select('list-databases-by-name', names);
  return new Map(rows.map(databaseRecordOf).map((database) => [database.name, database]));
}
