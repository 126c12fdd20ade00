import { type DatabaseKind, releaseOf } from '../catalogue/database.ts';
import { databaseOf } from './paths.ts';
import type { LockWish } from './wishes.ts';

/** A lock that comes with an offer, and what the job finds there. */
export interface OfferedLock extends LockWish {
  /** The release that it reads; null where the database has none. */
  readonly release: string | null;
  /** Where its files are; null for a database without a folder. */
  readonly directory: string | null;
}

/** What a job finds under a lock that was granted. */
export function offeredLock(
  { path, mode }: LockWish,
  database:
    | {
        readonly kind: DatabaseKind;
        readonly release: string | null;
        readonly settings: Readonly<Record<string, unknown>>;
      }
    | undefined,
): OfferedLock {
  if (database === undefined) return { path, mode, release: null, directory: null };
  const release = releaseOf(path, database);
  const folder = database.settings.directory;
  if (typeof folder !== 'string') return { path, mode, release, directory: null };
  // Each release of a database of releases is a folder in its directory.
  const isOfRelease = database.kind === 'files' && release !== null && path !== databaseOf(path);
  return { path, mode, release, directory: isOfRelease ? `${folder}/${release}` : folder };
}
