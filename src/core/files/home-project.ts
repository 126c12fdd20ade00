/**
 * Which project a run belongs to: the one that it names, else the innermost whose directory holds its folder; a new one
 * where there is none.
 */
import { type Grant, mayDo } from '../access/roles.ts';
import { Fault } from '../faults.ts';

/** A project whose directory holds the folder. */
export interface HoldingProject {
  readonly name: string;
  readonly directory: string;
}

const namesTried = 1_000;

/** The innermost of the projects that the principal may write in; null for a new one, if it may make one. */
export function homeProject(
  holding: readonly HoldingProject[],
  grants: readonly Grant[],
): HoldingProject | null {
  const [home] = innermostFirst(holding.filter(({ name }) => mayDo(grants, 'job.write', name)));
  if (home !== undefined) return home;
  if (mayDo(grants, 'project.create', null)) return null;
  throw new Fault('forbidden', {
    field: 'folder',
    found: holding.map(({ name }) => name),
    expected: 'a folder of a project in which this token may record runs, or the right to create projects',
  });
}

/** Those that hold a folder, the innermost first; of several with one directory in the order that they had. */
export function innermostFirst<T extends { readonly directory: string | null }>(
  holding: readonly T[],
): readonly T[] {
  return holding.toSorted((one, other) => (other.directory ?? '').length - (one.directory ?? '').length);
}

/** What is to be known before a run begins the project that it names. */
export interface NamedProject {
  /** Whether there is one of this name, or was. */
  readonly found: boolean;
  readonly holding: readonly HoldingProject[];
  readonly folder: string;
  /** The parent that the run names. */
  readonly parent: string | null;
}

/**
 * Whether a run begins the project that it names, and with which directory: its folder, unless that is another
 * project’s. Null where the name is to be looked up: there is one, or none may be made.
 */
export function newNamedProject(
  { found, holding, folder, parent }: NamedProject,
  grants: readonly Grant[],
): { readonly directory: string | null } | null {
  if (found || parent !== null || !mayDo(grants, 'project.create', null)) return null;
  return { directory: holding.length === 0 ? folder : null };
}

/** A name for a project in this folder: its last part, made legal. */
export function projectNameFor(folder: string): string {
  const last = folder.slice(folder.lastIndexOf('/') + 1).normalize('NFKD');
  const legal = last
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 90);
  return legal === '' ? 'project' : legal;
}

/** The names to try for a new project, in order: toxd, toxd-2, toxd-3 … */
export function* namesFor(name: string): Generator<string, void, undefined> {
  yield name;
  for (let count = 2; count <= namesTried; count++) yield `${name}-${count}`;
}
