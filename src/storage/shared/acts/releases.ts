import {
  buildPath,
  isReadable,
  keptOf,
  mustBeReadable,
  notToKeep,
  releaseExists,
  withKeep,
} from '../../../core/catalogue/releases.ts';
import { Fault } from '../../../core/faults.ts';
import type { DatabaseRecord } from '../../../ports/records/catalogue.ts';
import type { BuiltRelease, ReleaseRecord } from '../../../ports/records/releases.ts';
import { followRelease } from '../locks/follow.ts';
import { checkLock } from '../reads/locks.ts';
import {
  findRelease,
  getRelease,
  releaseOf,
  releaseRecords,
  releasesThere,
  type StoredRelease,
} from '../reads/releases.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { databaseNamed } from './closures.ts';

export function* beginRelease(
  tx: Transaction,
  by: string,
  it: BuiltRelease & { readonly path: string },
): Script<ReleaseRecord> {
  const database = yield* databaseNamed(tx, it.database);
  if (database.kind !== 'files')
    throw new Fault('state_conflict', {
      field: 'database',
      found: database.kind,
      expected: 'a database of kind files',
    });
  yield* mustBuild(tx, it);
  const row = yield* tx.selectOne('find-release', it.database, it.release);
  const earlier = row === undefined ? null : releaseOf(row);
  if (earlier !== null && earlier.state !== 'building')
    throw releaseExists(it.database, it.release, earlier.state);
  yield* save(tx, {
    database: it.database,
    release: it.release,
    place: tx.nextEpoch(),
    state: 'building',
    path: it.path,
    files: 0,
    bytes: 0,
    sha256: null,
    pinned: false,
    by,
    begunAt: tx.now,
    publishedAt: null,
  });
  return yield* getRelease(it);
}

export function* publishRelease(
  tx: Transaction,
  it: BuiltRelease & {
    readonly files: number;
    readonly bytes: number;
    readonly sha256: string;
    readonly keep: number | null;
  },
): Script<DatabaseRecord> {
  const database = yield* databaseNamed(tx, it.database);
  yield* mustBuild(tx, it);
  const { files, bytes, sha256 } = it;
  const built = yield* mustBeBuilding(it);
  yield* save(tx, { ...built, files, bytes, sha256, publishedAt: tx.now });
  const settings = withKeep(database, it.keep);
  yield* makeCurrent(tx, { ...database, settings }, it.release);
  tx.record('database.published', null, it.database);
  return yield* databaseNamed(tx, it.database);
}

/** Another release is read from now on. */
function* makeCurrent(tx: Transaction, database: DatabaseRecord, release: string): Script<void> {
  const { name, state, tag, description, settings } = database;
  yield* markCurrent(tx, name, release);
  yield* tx.write('set-database', [[name, state, tag, description, JSON.stringify(settings), release]]);
  yield* followRelease(tx, database, database.release);
}

function* markCurrent(tx: Transaction, name: string, release: string): Script<void> {
  for (const each of yield* releasesThere(name))
    if (each.release === release) yield* save(tx, { ...each, state: 'current' });
    else if (each.state === 'current') yield* save(tx, { ...each, state: 'kept' });
}

/** What a change of the release that is read means for those that were published; refused for one that cannot be read. */
export function* followChosenRelease(tx: Transaction, name: string, release: string | null): Script<void> {
  const there = yield* releasesThere(name);
  if (there.every(({ state }) => !isReadable(state))) return;
  mustBeReadable(name, release ?? '', there);
  yield* markCurrent(tx, name, release ?? '');
}

export function* dropRelease(tx: Transaction, it: BuiltRelease): Script<null> {
  yield* mustBuild(tx, it);
  yield* mustBeBuilding(it);
  yield* tx.write('delete-release', [[it.database, it.release]]);
  return null;
}

export function* pinRelease(
  tx: Transaction,
  it: { readonly database: string; readonly release: string; readonly pinned: boolean },
): Script<ReleaseRecord> {
  const release = yield* findRelease(it.database, it.release);
  if (release.pinned !== it.pinned) {
    if (it.pinned) mustBeReadable(it.database, it.release, [release]);
    yield* save(tx, { ...release, pinned: it.pinned });
    tx.record('database.changed', null, it.database);
  }
  return yield* getRelease(it);
}

/** Marks what need not be kept; the marks stand until the files are gone, whoever removes them. */
export function* markGoing(tx: Transaction, name: string): Script<readonly ReleaseRecord[]> {
  const { settings } = yield* databaseNamed(tx, name);
  const there = yield* releasesThere(name);
  const records = yield* releaseRecords(name, there);
  const known = there.map((release, index) => ({
    ...release,
    wanted: records[index] === undefined || records[index].readers > 0 || records[index].awaited,
  }));
  const marked = new Set(notToKeep(known, keptOf(settings)).map(({ release }) => release));
  for (const release of there)
    if (marked.has(release.release)) yield* save(tx, { ...release, state: 'going' });
  return records.flatMap((record): ReleaseRecord[] =>
    record.state === 'going' || marked.has(record.release) ? [{ ...record, state: 'going' }] : [],
  );
}

export function* markGone(
  tx: Transaction,
  it: { readonly database: string; readonly release: string },
): Script<ReleaseRecord> {
  const release = yield* findRelease(it.database, it.release);
  if (release.state !== 'going' && release.state !== 'gone')
    throw new Fault('state_conflict', { field: 'release', found: release.state, expected: 'going' });
  if (release.state === 'going') yield* save(tx, { ...release, state: 'gone' });
  return yield* getRelease(it);
}

function* mustBuild(tx: Transaction, it: BuiltRelease): Script<void> {
  yield* databaseNamed(tx, it.database);
  const path = buildPath(it.database);
  const { held } = yield* checkLock({ path, mode: 'exclusive', epoch: it.epoch });
  if (!held) throw new Fault('lock_lost', { field: 'epoch', found: it.epoch, facts: { path } });
}

function* mustBeBuilding(it: BuiltRelease): Script<StoredRelease> {
  const release = yield* findRelease(it.database, it.release);
  if (release.state !== 'building')
    throw new Fault('state_conflict', { field: 'release', found: release.state, expected: 'building' });
  return release;
}

function* save(tx: Transaction, it: StoredRelease): Script<void> {
  yield* tx.write('save-release', [
    [
      it.database,
      it.release,
      it.place,
      it.state,
      it.path,
      it.files,
      it.bytes,
      it.sha256,
      it.pinned ? 1 : 0,
      it.by,
      it.begunAt,
      it.publishedAt,
    ],
  ]);
}
