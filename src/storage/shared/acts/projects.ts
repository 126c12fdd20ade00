import { Fault } from '../../../core/faults.ts';
import { absolutePath } from '../../../core/files/paths.ts';
import { refuseStale } from '../../../core/revision.ts';
import type { NewDatabase } from '../../../ports/records/catalogue.ts';
import type { Project, ProjectDetails } from '../../../ports/storage.ts';
import { notesOf } from '../reads/server.ts';
import { integer, json, text, textOrNull } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { insertDatabase } from './catalogue.ts';
import { setDirectory } from './directories.ts';
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

export function* createProject(tx: Transaction, it: NewProject): Script<ProjectDetails> {
  if ((yield* tx.selectOne('find-project', it.name)) !== undefined)
    throw new Fault('project_exists', { field: 'name', found: it.name });
  yield* insertDatabase(tx, projectEntry(it.name));
  yield* tx.write('insert-project', [
    [it.name, it.title, it.directory, it.owner, JSON.stringify(it.metadata ?? null), tx.now],
  ]);
  const row = yield* projectRow(tx, it.name);
  yield* placeProject(tx, integer(row.id), it.directory);
  tx.record('project.created', integer(row.id));
  return { ...projectOf(row), notes: '' };
}

/** A project is an entry of the catalogue too. */
function projectEntry(name: string): NewDatabase {
  return {
    name,
    kind: 'project',
    state: 'on',
    tag: null,
    description: '',
    settings: {},
    release: null,
    declaredIn: null,
  };
}

/** Registers the project’s own folder. Where it is no longer named, the places of files go on resting on it. */
function* placeProject(tx: Transaction, projectId: number, directory: string | null): Script<void> {
  const path = directory === null ? null : absolutePath(directory, null);
  if (path !== null) yield* setDirectory(tx, projectId, '', path);
}

export interface ProjectChanges {
  readonly name: string;
  readonly revision: number | null;
  readonly title?: string | null;
  readonly directory?: string | null;
  readonly metadata?: unknown;
  readonly notes?: string;
}

export function* updateProject(tx: Transaction, changes: ProjectChanges): Script<ProjectDetails> {
  const row = yield* projectRow(tx, changes.name);
  const project = { ...projectOf(row), notes: yield* notesOf(integer(row.id)) };
  refuseStale(changes.revision, project.revision);
  const next = {
    title: changes.title === undefined ? project.title : changes.title,
    directory: changes.directory === undefined ? project.directory : changes.directory,
    metadata: changes.metadata === undefined ? project.metadata : changes.metadata,
    notes: changes.notes ?? project.notes,
  };
  const { title, directory, metadata, notes } = project;
  if (JSON.stringify(next) === JSON.stringify({ title, directory, metadata, notes })) return project;
  yield* tx.write('update-project', [
    [integer(row.id), next.title, next.directory, JSON.stringify(next.metadata), project.revision + 1],
  ]);
  if (next.notes !== notes) yield* tx.write('set-notes', [[integer(row.id), next.notes]]);
  if (next.directory !== project.directory) yield* placeProject(tx, integer(row.id), next.directory);
  tx.record('project.changed', integer(row.id));
  return { ...project, ...next, revision: project.revision + 1 };
}

export function* deleteProject(tx: Transaction, name: string): Script<null> {
  const row = yield* projectRow(tx, name);
  const id = integer(row.id);
  const live = yield* tx.selectOne('find-unfinished', id);
  if (live !== undefined) throw new Fault('project_in_use', { found: `${name}/${text(live.number)}` });
  yield* tx.write('delete-project', [[id, tx.now]]);
  yield* tx.write('delete-database', [[name]]);
  tx.record('project.deleted', id);
  return null;
}
