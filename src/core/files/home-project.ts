/** Which project a run belongs to that names none: the innermost whose directory holds its folder, else a new one. */
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
  let home: HoldingProject | null = null;
  for (const project of holding)
    if (mayDo(grants, 'job.write', project.name) && project.directory.length > (home?.directory.length ?? 0))
      home = project;
  if (home !== null) return home;
  if (mayDo(grants, 'project.create', null)) return null;
  throw new Fault('forbidden', {
    field: 'folder',
    found: holding.map(({ name }) => name),
    expected: 'a folder of a project in which this token may record runs, or the right to create projects',
  });
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
