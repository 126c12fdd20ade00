/** Who may ask, and what they find: a project of their own, with a job of theirs. */
import { jobPath, type ServerLab } from '../server-lab.ts';

/** `@own` is a token for the one project of the request, `@other` for another one. */
export const columns = [
  'none',
  'viewer',
  'contributor',
  'manager',
  'worker',
  'admin',
  'viewer@own',
  'contributor@own',
  'manager@own',
  'admin@own',
  'viewer@other',
  'contributor@other',
  'manager@other',
  'admin@other',
  'attempt',
] as const;
export type Column = (typeof columns)[number];

export const everybody = columns;
export const tokens = columns.filter((column) => column !== 'none');
export const people = tokens.filter((column) => column !== 'attempt');
const serverWide = ['viewer', 'contributor', 'manager', 'worker', 'admin'] as const;
const own = ['viewer@own', 'contributor@own', 'manager@own', 'admin@own'] as const;
export const readers = [...serverWide, ...own, 'attempt'] as const;
export const writers = [
  'contributor',
  'manager',
  'admin',
  'contributor@own',
  'manager@own',
  'admin@own',
] as const;
/** Databases are of no project. */
export const lockers = [...writers, 'contributor@other', 'manager@other', 'admin@other'] as const;
export const managers = ['manager', 'admin', 'manager@own', 'admin@own'] as const;
export const workers = ['worker', 'admin'] as const;
export const keepers = ['manager', 'admin'] as const;
export const admins = ['admin'] as const;

/** One cell’s scene: a project of its own, with a job of whoever asks. */
export interface Scene {
  readonly lab: ServerLab;
  readonly project: string;
  readonly principal: string;
  /** A token of the same principal that may do everything. */
  readonly strong: string;
  readonly ref: string;
}

export interface Row {
  readonly may: readonly Column[];
  readonly request: (
    scene: Scene,
  ) => Promise<readonly [url: string, body?: unknown]> | readonly [url: string, body?: unknown];
}

export const onJob =
  (below = '', body?: unknown) =>
  (scene: Scene) =>
    [`${jobPath(scene.ref)}${below}`, body] as const;

export async function ownWorker({ lab, strong }: Scene): Promise<string> {
  return (await lab.ok('POST', '/v1/workers', { token: strong, body: { name: 'w' } })).worker;
}

/** The scene of a column, with the token that it asks with. */
export async function setScene(lab: ServerLab, column: Column): Promise<readonly [Scene, string | null]> {
  const name = column.replace('@', '-');
  const principal = `p-${name}`;
  const project = await lab.project(`q-${name}`);
  const strong = await lab.token('admin', principal);
  if (column === 'attempt') {
    const running = await lab.running(project, principal);
    return [{ lab, project, principal, strong, ref: running.ref }, running.token];
  }
  const { ref } = await lab.ok('POST', `/v1/projects/${project}/jobs`, {
    token: strong,
    body: { command: ['true'] },
  });
  return [{ lab, project, principal, strong, ref }, await tokenOf(lab, column, principal, project)];
}

async function tokenOf(
  lab: ServerLab,
  column: Exclude<Column, 'attempt'>,
  principal: string,
  project: string,
): Promise<string | null> {
  switch (column) {
    case 'none':
      return null;
    case 'viewer':
    case 'contributor':
    case 'manager':
    case 'worker':
    case 'admin':
      return lab.token(column, principal);
    case 'viewer@own':
    case 'viewer@other':
      return lab.token('viewer', principal, column === 'viewer@own' ? project : 'other');
    case 'contributor@own':
    case 'contributor@other':
      return lab.token('contributor', principal, column === 'contributor@own' ? project : 'other');
    case 'manager@own':
    case 'manager@other':
      return lab.token('manager', principal, column === 'manager@own' ? project : 'other');
    case 'admin@own':
    case 'admin@other':
      return lab.token('admin', principal, column === 'admin@own' ? project : 'other');
  }
}
