import {
  buildPath,
  isReadable,
  keptOf,
  mustBeReadable,
  notToKeep,
  refuseUnknownRelease,
  releaseExists,
  releaseUnknown,
  withKeep,
} from '../../core/catalogue/releases.ts';
import { Fault } from '../../core/faults.ts';
import { covers, databaseOf } from '../../core/locks/paths.ts';
import type { LockWish } from '../../core/locks/wishes.ts';
import type { DatabaseRecord } from '../../ports/records/catalogue.ts';
import type { BuiltRelease, ReleaseRecord, ReleaseStorage } from '../../ports/records/releases.ts';
import type { Page } from '../../ports/storage.ts';
import { type Act, tellOfDatabase } from './act.ts';
import { asGranted, databaseNamed, databasesIn, ownEntry, replace } from './catalogue.ts';
import { checkLock } from './locks.ts';
import { byNumber, pageOf } from './pages.ts';
import { classOf, type State, type StoredRelease, unfinished } from './state.ts';

type ParamsOf<Verb extends keyof ReleaseStorage> = Parameters<ReleaseStorage[Verb]>[0];
type Named = { readonly database: string; readonly release: string };

export function beginRelease(act: Act, params: ParamsOf<'beginRelease'>): ReleaseRecord {
  const { by, database, release, path } = params;
  const { kind } = databaseNamed(act.state, database);
  if (kind !== 'files')
    throw new Fault('state_conflict', {
      field: 'database',
      found: kind,
      expected: 'a database of kind files',
    });
  mustBuild(act.state, params);
  const earlier = releasesOf(act.state, database).find((each) => each.release === release);
  if (earlier !== undefined && earlier.state !== 'building')
    throw releaseExists(database, release, earlier.state);
  const begun = { state: 'building', path, by: by.principal, begunAt: act.now } as const;
  const nothing = { files: 0, bytes: 0, sha256: null, pinned: false, publishedAt: null };
  const place = ++act.state.epoch;
  return recordOf(act.state, save(act, { database, release, place, ...begun, ...nothing }));
}

export function publishRelease(act: Act, params: ParamsOf<'publishRelease'>): DatabaseRecord {
  const { files, bytes, sha256, keep } = params;
  mustBuild(act.state, params);
  save(act, { ...mustBeBuilding(act.state, params), files, bytes, sha256, publishedAt: act.now });
  markCurrent(act, params.database, params.release);
  const database = ownEntry(act.state, params.database);
  const settings = withKeep(database, keep);
  tellOfDatabase(act, 'database.published', params.database);
  return replace(act, { ...database, settings, release: params.release });
}

function markCurrent(act: Act, database: string, release: string): void {
  for (const each of releasesOf(act.state, database))
    if (each.release === release) save(act, { ...each, state: 'current' });
    else if (each.state === 'current') save(act, { ...each, state: 'kept' });
}

/** What a change of the release that is read means for those that were published. */
export function followChosenRelease(act: Act, database: string, release: string | null): void {
  const known = releasesOf(act.state, database);
  if (known.every(({ state }) => !isReadable(state))) return;
  mustBeReadable(database, release ?? '', known);
  markCurrent(act, database, release ?? '');
}

export function dropRelease(act: Act, params: ParamsOf<'dropRelease'>): void {
  mustBuild(act.state, params);
  mustBeBuilding(act.state, params);
  act.state.releases.delete(keyOf(params));
}

export function pinRelease(act: Act, params: ParamsOf<'pinRelease'>): ReleaseRecord {
  const found = releaseNamed(act.state, params);
  if (found.pinned === params.pinned) return recordOf(act.state, found);
  if (params.pinned) mustBeReadable(params.database, params.release, [found]);
  tellOfDatabase(act, 'database.changed', params.database);
  return recordOf(act.state, save(act, { ...found, pinned: params.pinned }));
}

export function getRelease(state: State, named: Named): ReleaseRecord {
  return recordOf(state, releaseNamed(state, named));
}

export function listReleases(state: State, params: ParamsOf<'listReleases'>): Page<ReleaseRecord> {
  databaseNamed(state, params.database);
  const order = byNumber(({ place }: StoredRelease) => place, true);
  return pageOf(state, releasesOf(state, params.database), params, order, (each) => recordOf(state, each));
}

export function markGoing(act: Act, database: string): readonly ReleaseRecord[] {
  const { settings } = databaseNamed(act.state, database);
  const known = releasesOf(act.state, database).map((release) => {
    const { readers, awaited } = recordOf(act.state, release);
    return { ...release, wanted: readers > 0 || awaited };
  });
  for (const { wanted: _, ...release } of notToKeep(known, keptOf(settings)))
    save(act, { ...release, state: 'going' });
  return releasesOf(act.state, database)
    .filter(({ state }) => state === 'going')
    .map((release) => recordOf(act.state, release));
}

export function markGone(act: Act, named: Named): ReleaseRecord {
  const found = releaseNamed(act.state, named);
  if (found.state !== 'going' && found.state !== 'gone')
    throw new Fault('state_conflict', { field: 'release', found: found.state, expected: 'going' });
  return recordOf(act.state, save(act, { ...found, state: 'gone' }));
}

/** Refuses locks of jobs on what is not there, or cannot be read. */
export function refuseUnknown(state: State, locks: readonly LockWish[] = []): void {
  for (const name of databasesIn(locks)) databaseNamed(state, name);
  refuseUnknownReleases(state, locks);
}

/** Refuses locks on releases that cannot be read. */
export function refuseUnknownReleases(state: State, locks: readonly LockWish[]): void {
  for (const { path } of locks) refuseUnknownRelease(path, releasesOf(state, databaseOf(path)));
}

export function forgetReleases(state: State, database: string): void {
  for (const release of releasesOf(state, database)) state.releases.delete(keyOf(release));
}

/** Newest first. */
function releasesOf(state: State, database: string): readonly StoredRelease[] {
  return [...state.releases.values()]
    .filter((release) => release.database === database)
    .sort((one, other) => other.place - one.place);
}

function releaseNamed(state: State, named: Named): StoredRelease {
  databaseNamed(state, named.database);
  const found = state.releases.get(keyOf(named));
  if (found === undefined) {
    const known = releasesOf(state, named.database);
    throw releaseUnknown(named.database, named.release, known);
  }
  return found;
}

function recordOf(state: State, { place: _, ...release }: StoredRelease): ReleaseRecord {
  const path = `${release.database}/${release.release}`;
  const on = [...state.requests.values()].filter((request) =>
    (request.epoch === null ? asGranted(state, request.locks) : request.locks).some((lock) =>
      covers(path, lock.path),
    ),
  );
  const readers = on.filter(({ epoch }) => epoch !== null).length;
  const named = unfinished(state).some(
    ({ live }) =>
      live.classId !== null &&
      (classOf(state, live.classId).locks ?? []).some((lock) => covers(path, lock.path)),
  );
  return { ...release, readers, awaited: on.length > readers || named };
}

function mustBuild(state: State, { database, epoch }: BuiltRelease): void {
  databaseNamed(state, database);
  const path = buildPath(database);
  if (!checkLock(state, { path, mode: 'exclusive', epoch }).held)
    throw new Fault('lock_lost', { field: 'epoch', found: epoch, facts: { path } });
}

function mustBeBuilding(state: State, named: Named): StoredRelease {
  const found = releaseNamed(state, named);
  if (found.state !== 'building')
    throw new Fault('state_conflict', { field: 'release', found: found.state, expected: 'building' });
  return found;
}

function save(act: Act, release: StoredRelease): StoredRelease {
  act.state.releases.set(keyOf(release), release);
  return release;
}

function keyOf({ database, release }: Named): string {
  return `${database}/${release}`;
}
