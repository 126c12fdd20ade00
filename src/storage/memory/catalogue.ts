import { readPath } from '../../core/catalogue/database.ts';
import { databaseUnknown, refuseProject, refuseShut } from '../../core/catalogue/refusals.ts';
import { Fault } from '../../core/faults.ts';
import { databaseOf } from '../../core/locks/paths.ts';
import { distinctLocks, type LockWish } from '../../core/locks/wishes.ts';
import { refuseStale } from '../../core/revision.ts';
import type { CatalogueStorage, DatabaseRecord } from '../../ports/records/catalogue.ts';
import type { Page } from '../../ports/storage.ts';
import { type Act, tellOfDatabase } from './act.ts';
import { byText, pageOf } from './pages.ts';
import { followChosenRelease, forgetReleases } from './releases.ts';
import type { State, StoredProject } from './state.ts';

type ParamsOf<Verb extends keyof CatalogueStorage> = Parameters<CatalogueStorage[Verb]>[0];

export function addDatabase(act: Act, { database }: ParamsOf<'addDatabase'>): DatabaseRecord {
  const { name } = database;
  if (act.state.databases.has(name) || act.state.projects.has(name))
    throw new Fault('database_exists', { found: name });
  const added = { ...structuredClone(database), createdAt: act.now, revision: 1, closure: null };
  act.state.databases.set(name, added);
  tellOfDatabase(act, 'database.added', name);
  return added;
}

/** The database of this name; a project counts as one. */
export function databaseNamed(state: State, name: string): DatabaseRecord {
  const all = allDatabases(state);
  const found = all.find((database) => database.name === name);
  if (found !== undefined) return found;
  throw databaseUnknown(
    name,
    all.map((database) => database.name),
  );
}

/** Whether a database is there, and not off. A project may have been deleted since somebody asked for a lock in it. */
export function isOffered(state: State, name: string): boolean {
  return allDatabases(state).some((database) => database.name === name && database.state !== 'off');
}

function allDatabases(state: State): readonly DatabaseRecord[] {
  const projects = [...state.projects.values()].filter(({ deleted }) => !deleted).map(projectAsDatabase);
  return [...state.databases.values(), ...projects].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function projectAsDatabase({ project }: StoredProject): DatabaseRecord {
  const { name, createdAt } = project;
  const nothing = {
    tag: null,
    description: '',
    settings: {},
    release: null,
    declaredIn: null,
    closure: null,
  };
  return { name, kind: 'project', state: 'on', createdAt, revision: 1, ...nothing };
}

export function listDatabases(state: State, params: ParamsOf<'listDatabases'>): Page<DatabaseRecord> {
  const rows = allDatabases(state)
    .filter(({ tag }) => params.tag === undefined || tag === params.tag)
    .filter(({ kind }) => params.projects !== false || kind !== 'project');
  return pageOf(
    state,
    rows,
    params,
    byText(({ name }) => name),
    (database) => database,
  );
}

export function changeDatabase(act: Act, params: ParamsOf<'changeDatabase'>): DatabaseRecord {
  const stored = ownEntry(act.state, params.name);
  refuseStale(params.revision, stored.revision);
  const { tag, description, settings, release, state, declaredIn } = params.changes;
  if (state !== undefined && state !== stored.state) refuseClosing(stored);
  const changed: DatabaseRecord = {
    ...stored,
    ...(tag !== undefined && { tag }),
    ...(description !== undefined && { description }),
    ...(settings !== undefined && { settings: structuredClone(settings) }),
    ...(release !== undefined && { release }),
    ...(state !== undefined && { state }),
    ...(declaredIn !== undefined && { declaredIn }),
  };
  if (JSON.stringify(changed) === JSON.stringify(stored)) return stored;
  if (changed.release !== stored.release) followChosenRelease(act, params.name, changed.release);
  tellOfDatabase(act, 'database.changed', params.name);
  return replace(act, changed);
}

export function removeDatabase(act: Act, name: string): void {
  const { closure } = ownEntry(act.state, name);
  const locked = [...act.state.requests.values()].some(({ locks }) => touches(locks, name));
  const opened = [...act.state.sessions.values()].some(({ databases }) => databases.includes(name));
  if (locked || opened || closure !== null) throw new Fault('database_in_use', { found: name });
  act.state.databases.delete(name);
  forgetReleases(act.state, name);
  tellOfDatabase(act, 'database.removed', name);
}

/** An entry of the catalogue itself: what is a project is changed as a project. */
export function ownEntry(state: State, name: string): DatabaseRecord {
  const database = databaseNamed(state, name);
  refuseProject(database);
  return database;
}

function refuseClosing(database: DatabaseRecord): void {
  if (database.closure !== null) refuseShut(database);
}

/** Keeps an entry that was changed, as its next revision. */
export function replace(act: Act, changed: DatabaseRecord): DatabaseRecord {
  const next = { ...changed, revision: changed.revision + 1 };
  act.state.databases.set(next.name, next);
  return next;
}

export function touches(locks: readonly LockWish[], database: string): boolean {
  return locks.some(({ path }) => databaseOf(path) === database);
}

export function databasesIn(locks: readonly LockWish[]): readonly string[] {
  return [...new Set(locks.map(({ path }) => databaseOf(path)))];
}

/** The set as it would be granted now: readers of a database of releases hold the current one. */
export function asGranted(state: State, locks: readonly LockWish[]): readonly LockWish[] {
  return distinctLocks(
    locks.map(({ path, mode }) => {
      const database = state.databases.get(databaseOf(path));
      if (database === undefined || mode === 'exclusive') return { path, mode };
      return { path: readPath(path, database.kind, database.release), mode };
    }),
  );
}
