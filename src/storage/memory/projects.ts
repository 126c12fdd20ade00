import { Fault } from '../../core/faults.ts';
import type { Project, Storage } from '../../ports/storage.ts';
import { type Act, tell } from './act.ts';
import { projectNamed, unfinished } from './state.ts';

type ParamsOf<Verb extends keyof Storage> = Parameters<Storage[Verb]>[0];

export function createProject(act: Act, params: ParamsOf<'createProject'>): Project {
  const { name, title, directory } = params;
  if (act.state.projects.has(name)) throw new Fault('project_exists', { found: name });
  const metadata = structuredClone(params.metadata);
  const owner = params.by.principal;
  const project: Project = { name, title, directory, owner, metadata, createdAt: act.now, revision: 1 };
  act.state.projects.set(name, {
    id: act.state.projects.size + 1,
    project,
    deleted: false,
    given: act.state.numbersFrom,
  });
  tell(act, 'project.created', name);
  return project;
}

export function updateProject(act: Act, params: ParamsOf<'updateProject'>): Project {
  const stored = projectNamed(act.state, params.name);
  refuseStale(params.revision, stored.project.revision);
  const project: Project = {
    ...stored.project,
    ...(params.title !== undefined && { title: params.title }),
    ...(params.directory !== undefined && { directory: params.directory }),
    ...(params.metadata !== undefined && { metadata: structuredClone(params.metadata) }),
    revision: stored.project.revision + 1,
  };
  act.state.projects.set(params.name, { ...stored, project });
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

/** Refuses a change that was made to an older revision than the current one. */
export function refuseStale(read: number | null, current: number): void {
  if (read !== null && read !== current)
    throw new Fault('revision_stale', {
      found: current,
      expected: `the current revision instead of ${read}`,
    });
}
