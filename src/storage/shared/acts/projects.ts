import { Fault } from '../../../core/faults.ts';
import type { Project } from '../../../ports/storage.ts';
import { integer, json, text, textOrNull } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { projectRow } from './know.ts';

export function projectOf(row: Row): Project {
  return {
    name: text(row.name),
    title: textOrNull(row.title),
    directory: textOrNull(row.directory),
    owner: text(row.owner),
    metadata: json(row.metadata),
    createdAt: integer(row.created_at),
    revision: integer(row.revision),
  };
}

export interface NewProject {
  readonly name: string;
  readonly title: string | null;
  readonly directory: string | null;
  readonly owner: string;
  readonly metadata: unknown;
}

export function* createProject(tx: Transaction, it: NewProject): Script<Project> {
  if ((yield* tx.selectOne('find-project', it.name)) !== undefined)
    throw new Fault('project_exists', { field: 'name', found: it.name });
  yield* tx.write('insert-project', [
    [it.name, it.title, it.directory, it.owner, JSON.stringify(it.metadata ?? null), tx.now],
  ]);
  const row = yield* projectRow(tx, it.name);
  tx.record('project.created', integer(row.id));
  return projectOf(row);
}

export interface ProjectChanges {
  readonly name: string;
  readonly revision: number | null;
  readonly title?: string | null;
  readonly directory?: string | null;
  readonly metadata?: unknown;
}

export function* updateProject(tx: Transaction, changes: ProjectChanges): Script<Project> {
  const row = yield* projectRow(tx, changes.name);
  const project = projectOf(row);
  refuseStale(changes.revision, project.revision);
  const next = {
    title: changes.title === undefined ? project.title : changes.title,
    directory: changes.directory === undefined ? project.directory : changes.directory,
    metadata: changes.metadata === undefined ? project.metadata : changes.metadata,
  };
  yield* tx.write('update-project', [
    [integer(row.id), next.title, next.directory, JSON.stringify(next.metadata), project.revision + 1],
  ]);
  tx.record('project.changed', integer(row.id));
  return { ...project, ...next, revision: project.revision + 1 };
}

export function* deleteProject(tx: Transaction, name: string): Script<null> {
  const row = yield* projectRow(tx, name);
  const id = integer(row.id);
  const live = yield* tx.selectOne('find-unfinished', id);
  if (live !== undefined) throw new Fault('project_in_use', { found: `${name}/${text(live.number)}` });
  yield* tx.write('delete-project', [[id, tx.now]]);
  tx.record('project.deleted', id);
  return null;
}

export function refuseStale(given: number | null, current: number): void {
  if (given !== null && given !== current)
    throw new Fault('revision_stale', {
      field: 'revision',
      found: current,
      expected: `the current revision, not ${given}`,
    });
}
