import { Fault } from '../../core/faults.ts';
import { innermostFirst } from '../../core/files/home-project.ts';
import { absolutePath, pathsAbove } from '../../core/files/paths.ts';
import { refuseStale } from '../../core/revision.ts';
import type { Page, Project, ProjectDetails, Storage } from '../../ports/storage.ts';
import { type Act, tell } from './act.ts';
import { setDirectory } from './files.ts';
import { byText, pageOf } from './pages.ts';
import { projectNamed, type State, unfinished } from './state.ts';

type ParamsOf<Verb extends keyof Storage> = Parameters<Storage[Verb]>[0];

export function createProject(act: Act, params: ParamsOf<'createProject'>): ProjectDetails {
  const { name, title, directory } = params;
  if (act.state.projects.has(name)) throw new Fault('project_exists', { found: name });
  if (act.state.databases.has(name)) throw new Fault('database_exists', { found: name });
  const metadata = structuredClone(params.metadata);
  const owner = params.by.principal;
  const texts = { name, title, directory, owner, metadata, notes: '' };
  const project: ProjectDetails = { ...texts, createdAt: act.now, revision: 1 };
  act.state.projects.set(name, {
    id: act.state.projects.size + 1,
    project,
    deleted: false,
    given: act.state.numbersFrom,
  });
  placeProject(act, project);
  tell(act, 'project.created', name);
  return project;
}

/** Where the folder is no longer named, the places of files go on resting on it. */
function placeProject(act: Act, { name, directory }: ProjectDetails): void {
  const path = directory === null ? null : absolutePath(directory, null);
  if (path !== null) setDirectory(act, name, '', path);
}

export function updateProject(act: Act, params: ParamsOf<'updateProject'>): ProjectDetails {
  const stored = projectNamed(act.state, params.name);
  refuseStale(params.revision, stored.project.revision);
  const changed: ProjectDetails = {
    ...stored.project,
    ...(params.title !== undefined && { title: params.title }),
    ...(params.directory !== undefined && { directory: params.directory }),
    ...(params.metadata !== undefined && { metadata: structuredClone(params.metadata) }),
    ...(params.notes !== undefined && { notes: params.notes }),
  };
  if (JSON.stringify(changed) === JSON.stringify(stored.project)) return stored.project;
  const project = { ...changed, revision: changed.revision + 1 };
  act.state.projects.set(params.name, { ...stored, project });
  if (project.directory !== stored.project.directory) placeProject(act, project);
  tell(act, 'project.changed', params.name);
  return project;
}

export function deleteProject(act: Act, name: string): void {
  const stored = projectNamed(act.state, name);
  const open = unfinished(act.state).filter(({ job }) => job.record.project === name);
  if (open.length > 0) throw new Fault('project_in_use', { found: name, facts: { unfinished: open.length } });
  act.state.projects.set(name, { ...stored, deleted: true });
  tell(act, 'project.deleted', name);
}

export function listProjects(
  state: State,
  params: { readonly limit: number; readonly after?: string; readonly only?: readonly string[] },
): Page<Project> {
  const { only } = params;
  const rows = [...state.projects.values()]
    .filter(({ deleted, project }) => !deleted && (only === undefined || only.includes(project.name)))
    .map(({ project }) => project)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return pageOf(
    state,
    rows,
    params,
    byText(({ name }) => name),
    ({ notes, ...project }) => project,
  );
}

export function listProjectsHolding(
  state: State,
  { folder, only }: { readonly folder: string; readonly only?: readonly string[] },
): Page<Project> {
  const above = pathsAbove(folder);
  const items = [...state.projects.values()]
    .filter(({ deleted, project }) => !deleted && (only === undefined || only.includes(project.name)))
    .map(({ project: { notes: _, ...project } }) => project)
    .filter(({ directory }) => directory !== null && above.includes(absolutePath(directory, null) ?? ''));
  const { incarnation, lastSequence: sequence } = state;
  return { items: innermostFirst(items), next: null, asOf: { incarnation, sequence } };
}
