import { type ReleaseState, releaseStates, releaseUnknown } from '../../../core/catalogue/releases.ts';
import type { JobClass } from '../../../core/dispatch/classes.ts';
import { covers } from '../../../core/locks/paths.ts';
import type { ReleaseRecord } from '../../../ports/records/releases.ts';
import type { Page } from '../../../ports/storage.ts';
import { claimOf } from '../locks/requests.ts';
import { integer, integerOrNull, json, oneOf, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { getDatabase } from './catalogue.ts';
import { numericKey, pageOf, position, writeKey } from './position.ts';

const states = Object.keys(releaseStates) as readonly ReleaseState[];

/** A release as its row has it. */
export interface StoredRelease extends Omit<ReleaseRecord, 'readers' | 'awaited'> {
  readonly place: number;
}

export function releaseOf(row: Row): StoredRelease {
  return {
    database: text(row.database),
    release: text(row.release),
    place: integer(row.place),
    state: oneOf(row.state, states),
    path: text(row.path),
    files: integer(row.files),
    bytes: integer(row.bytes),
    sha256: textOrNull(row.sha256),
    pinned: row.pinned === 1,
    by: text(row.principal),
    begunAt: integer(row.begun_at),
    publishedAt: integerOrNull(row.published_at),
  };
}

/** Releases with those who read them, or mean to. */
export function* releaseRecords(
  database: string,
  releases: readonly StoredRelease[],
): Script<readonly ReleaseRecord[]> {
  if (releases.length === 0) return [];
  const paths = releases.map(({ release }) => `${database}/${release}`);
  const claims = (yield* select('list-claims-on', paths)).map(claimOf);
  const classes = (yield* select('list-classes-in-databases', `"${database}/`)).map((row) =>
    json<JobClass>(row.body),
  );
  const named = classes.flatMap(({ locks = [] }) => locks.map(({ path }) => path));
  return releases.map(({ place: _, ...release }) => {
    const path = `${database}/${release.release}`;
    const on = claims.filter((claim) => claim.path === path);
    const readers = on.filter(({ granted }) => granted).length;
    return {
      ...release,
      readers,
      awaited: on.length > readers || named.some((each) => covers(path, each)),
    };
  });
}

export function* getRelease(it: {
  readonly database: string;
  readonly release: string;
}): Script<ReleaseRecord> {
  const [record] = yield* releaseRecords(it.database, [yield* findRelease(it.database, it.release)]);
  if (record === undefined) throw new Error('a release that was read is shown');
  return record;
}

export function* findRelease(database: string, release: string): Script<StoredRelease> {
  yield* getDatabase({ name: database });
  const row = yield* selectOne('find-release', database, release);
  if (row === undefined) throw releaseUnknown(database, release, yield* releasesThere(database));
  return releaseOf(row);
}

export function* listReleases(it: {
  readonly database: string;
  readonly limit: number;
  readonly after?: string;
}): Script<Page<ReleaseRecord>> {
  yield* getDatabase({ name: it.database });
  const before = it.after === undefined ? Number.MAX_SAFE_INTEGER : numericKey(it.after);
  const rows = yield* select('list-releases', it.database, before, it.limit + 1);
  const page = pageOf(rows, it.limit, yield* position(), releaseOf, (row) => writeKey(integer(row.place)));
  return { ...page, items: yield* releaseRecords(it.database, page.items) };
}

/** What is known of a release by name, and all that are there. */
export function* releasesAbout(database: string, release: string): Script<readonly StoredRelease[]> {
  const there = yield* releasesThere(database);
  if (there.some((each) => each.release === release)) return there;
  const row = yield* selectOne('find-release', database, release);
  return row === undefined ? there : [...there, releaseOf(row)];
}

/** All whose files are not gone, newest first. */
export function* releasesThere(database: string): Script<readonly StoredRelease[]> {
  return (yield* select('list-releases-there', database)).map(releaseOf);
}
