import { Fault } from '../../core/faults.ts';
import type { Move } from '../../core/files/moved.ts';
import type { DirectoryStorage, NamedDirectory } from '../../ports/records/directories.ts';
import type { Page } from '../../ports/storage.ts';
import { type Act, tell } from './act.ts';
import { directoryNamed, setDirectory } from './files.ts';
import { byText, pageOf } from './pages.ts';
import { projectNamed, type State } from './state.ts';

type ParamsOf<Verb extends keyof DirectoryStorage> = Parameters<DirectoryStorage[Verb]>[0];

export function saveDirectory(act: Act, params: ParamsOf<'saveDirectory'>): NamedDirectory {
  const { project, alias, path } = params;
  if (project !== null) projectNamed(act.state, project);
  if (directoryNamed(act.state, project, alias)?.path !== path) {
    setDirectory(act, project, alias, path);
    tell(act, 'directories.changed', project);
  }
  return { alias, path };
}

export function removeDirectory(act: Act, { project, alias }: ParamsOf<'removeDirectory'>): void {
  if (project !== null) projectNamed(act.state, project);
  const found = directoryNamed(act.state, project, alias);
  if (found === null) throw new Fault('directory_unknown', { found: alias });
  act.state.directories.set(found.id, { ...found, removed: true });
  tell(act, 'directories.changed', project);
}

export function getDirectory(state: State, { project, alias }: ParamsOf<'getDirectory'>): NamedDirectory {
  if (project !== null) projectNamed(state, project);
  const found = directoryNamed(state, project, alias);
  if (found === null) throw new Fault('directory_unknown', { found: alias });
  return { alias, path: found.path };
}

/** By alias; the folder of the project itself is not among them. */
function directoriesOf(state: State, project: string | null): readonly NamedDirectory[] {
  if (project !== null) projectNamed(state, project);
  return [...state.directories.values()]
    .filter((each) => !each.removed && each.project === project && each.alias !== '')
    .map(({ alias, path }) => ({ alias, path }))
    .sort((one, other) => (one.alias < other.alias ? -1 : 1));
}

export function listMoves(state: State, { project }: ParamsOf<'listMoves'>): readonly Move[] {
  projectNamed(state, project);
  return [...state.directories.values()]
    .filter((each) => each.project === null || each.project === project)
    .flatMap(({ path, former }) => former.map((was) => ({ from: was.path, to: path, until: was.until })))
    .sort((one, other) => one.until - other.until || (one.from < other.from ? -1 : 1));
}

export function listDirectories(
  state: State,
  params: { readonly project: string | null; readonly limit: number; readonly after?: string },
): Page<NamedDirectory> {
  const rows = directoriesOf(state, params.project);
  return pageOf(
    state,
    rows,
    params,
    byText(({ alias }) => alias),
    (directory) => directory,
  );
}
