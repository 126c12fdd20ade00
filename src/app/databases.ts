/** The catalogue, as people and programs ask for it. */
import { checkDescription, checkTag } from '../core/catalogue/check.ts';
import { checkRelease, type DatabaseKind } from '../core/catalogue/database.ts';
import { checkSettings, declarableKinds, isDeclarableKind } from '../core/catalogue/settings.ts';
import { Fault } from '../core/faults.ts';
import { checkDatabaseName } from '../core/locks/paths.ts';
import type { DatabaseChanges, DatabaseRecord } from '../ports/records/catalogue.ts';
import type { Page } from '../ports/storage.ts';
import { allow, readable } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import type { CatalogueProblem, CatalogueProblems } from './catalogue-problems.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export interface DatabasesRequest extends PageRequest {
  /** Those with this tag; null: those without one; undefined: all. */
  readonly tag: string | null | undefined;
  /** Whether projects, which are databases too, are among them. */
  readonly projects: boolean;
}

export interface DatabaseList extends Page<DatabaseRecord> {
  readonly problems: readonly CatalogueProblem[];
}

export function listDatabases({ storage }: World, problems: CatalogueProblems) {
  return async (caller: Caller, { tag, projects, ...page }: DatabasesRequest): Promise<DatabaseList> => {
    allow(caller.principal, 'server.read', null);
    const found = await storage.listDatabases({
      ...(tag === undefined ? {} : { tag }),
      projects,
      ...pageOf(page),
    });
    const only = readable(caller.principal);
    const items = only === null ? found.items : found.items.filter((database) => mayBeSeen(database, only));
    return { ...found, items, problems: problems.all() };
  };
}

/** A database may be seen by all who may see the server; one that is a project, by those who may see that. */
export function getDatabase({ storage }: World) {
  return async (caller: Caller, name: string): Promise<DatabaseRecord> => {
    allow(caller.principal, 'server.read', null);
    const database = await storage.getDatabase({ name });
    if (database.kind === 'project') allow(caller.principal, 'project.read', name);
    return database;
  };
}

function mayBeSeen({ kind, name }: DatabaseRecord, projects: readonly string[]): boolean {
  return kind !== 'project' || projects.includes(name);
}

export interface AddDatabase {
  readonly name: string;
  readonly kind: DatabaseKind;
  readonly tag?: string | null | undefined;
  readonly description?: string | undefined;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly release?: string | null | undefined;
  readonly state?: 'on' | 'off' | undefined;
}

/** `declaredIn` names the watched file that it stands in. */
export function addDatabase({ storage }: World) {
  return async (
    caller: Caller,
    request: AddDatabase,
    declaredIn: string | null = null,
  ): Promise<DatabaseRecord> => {
    allow(caller.principal, 'database.manage', null);
    const { kind, tag = null, description = '', settings = {}, release = null, state = 'on' } = request;
    const name = checkDatabaseName(request.name, 'name');
    if (!isDeclarableKind(kind))
      throw new Fault('invalid_field', { field: 'kind', found: kind, expected: declarableKinds.join(', ') });
    const database = {
      name,
      kind,
      tag: tag === null ? null : checkTag(tag, 'tag'),
      description: checkDescription(description, 'description'),
      settings: checkSettings(kind, settings, 'settings'),
      release: release === null ? null : checkRelease(release, 'release'),
      declaredIn,
      state,
    };
    return storage.addDatabase({ by: actorOf(caller), database });
  };
}

export interface UpdateDatabase {
  readonly tag?: string | null | undefined;
  readonly description?: string | undefined;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly release?: string | null | undefined;
  readonly state?: 'on' | 'off' | undefined;
  readonly revision?: number | undefined;
}

/** `declaredIn` names the watched file that it stands in from now on. */
export function updateDatabase({ storage }: World) {
  return async (
    caller: Caller,
    name: string,
    request: UpdateDatabase,
    declaredIn?: string,
  ): Promise<DatabaseRecord> => {
    allow(caller.principal, 'database.manage', null);
    const { tag, description, settings, release, state, revision = null } = request;
    if (tag != null) checkTag(tag, 'tag');
    if (description !== undefined) checkDescription(description, 'description');
    if (release != null) checkRelease(release, 'release');
    const changes: DatabaseChanges = {
      ...(tag !== undefined && { tag }),
      ...(description !== undefined && { description }),
      ...(release !== undefined && { release }),
      ...(state !== undefined && { state }),
      ...(declaredIn !== undefined && { declaredIn }),
      ...(settings !== undefined && {
        settings: checkedSettings(await storage.getDatabase({ name }), settings),
      }),
    };
    return storage.changeDatabase({ by: actorOf(caller), name, revision, changes });
  };
}

function checkedSettings(
  { kind, name }: DatabaseRecord,
  settings: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  if (isDeclarableKind(kind)) return checkSettings(kind, settings, 'settings');
  throw new Fault('state_conflict', { detail: `${name} is a project, and has no settings here` });
}

export function removeDatabase({ storage }: World) {
  return async (caller: Caller, name: string): Promise<void> => {
    allow(caller.principal, 'database.manage', null);
    return storage.removeDatabase({ by: actorOf(caller), name });
  };
}
