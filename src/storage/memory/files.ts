import { absolutePath } from '../../core/files/paths.ts';
import { type Directory, pathOf, placeOf, placesOf } from '../../core/files/place.ts';
import type { FileMention, FileRecord, JobDocument } from '../../core/jobs/job.ts';
import type { Act } from './act.ts';
import { jobOf, projectNamed, type State } from './state.ts';
import { madeByOf } from './ties.ts';

/** A file that a job reads or writes. */
export interface StoredFile extends FileMention {
  readonly id: number;
  readonly jobId: number;
  readonly role: 'input' | 'output';
  /** The attempt that wrote it; null for what was declared, or read. */
  readonly attempt: number | null;
  /** Where it is; null if its folder is not known. */
  readonly place: string | null;
  /** When that attempt ended. */
  readonly madeAt: number | null;
}

/** A directory with a name, of a project or (null) of the server. */
export interface StoredDirectory extends Directory {
  readonly project: string | null;
  readonly alias: string;
  /** Where it was before, until when. */
  readonly former: readonly { readonly path: string; readonly until: number }[];
}

export interface Maker {
  readonly attempt: number;
  readonly at: number;
}

/** Names the folder of a project, or moves it. Where it is no longer named, the places of files go on resting on it. */
export function setDirectory(act: Act, project: string | null, alias: string, path: string): StoredDirectory {
  const known = directoryNamed(act.state, project, alias);
  const id = known?.id ?? act.state.directories.size + 1;
  const left = known === null || known.path === path ? [] : [{ path: known.path, until: act.now }];
  const former = [...(known?.former ?? []), ...left];
  const directory = { id, project, alias, path, removed: false, former };
  act.state.directories.set(id, directory);
  return directory;
}

export function directoryNamed(state: State, project: string | null, alias: string): StoredDirectory | null {
  const found = [...state.directories.values()].find(
    (each) => !each.removed && each.project === project && each.alias === alias,
  );
  return found ?? null;
}

export function addFiles(
  act: Act,
  jobId: number,
  role: StoredFile['role'],
  files: readonly FileMention[],
  made: Maker | null = null,
): void {
  const { record, document } = jobOf(act.state, jobId);
  const folder = document.directory ?? projectNamed(act.state, record.project).project.directory;
  for (const file of files) {
    const id = ++act.state.lastFileId;
    const path = absolutePath(file.path, folder);
    const place = path === null ? null : placeOf(path, [...act.state.directories.values()]);
    const { attempt = null, at: madeAt = null } = made ?? {};
    act.state.files.set(id, { ...file, id, jobId, role, attempt, place, madeAt });
  }
}

export function declareFiles(act: Act, jobId: number): void {
  const { inputs, outputs }: JobDocument = jobOf(act.state, jobId).document;
  addFiles(act, jobId, 'input', inputs);
  addFiles(act, jobId, 'output', outputs);
}

/** What a draft named before it was edited. */
export function forgetDeclared(act: Act, jobId: number): void {
  for (const file of storedFilesOf(act.state, jobId))
    if (file.attempt === null) act.state.files.delete(file.id);
}

export function storedFilesOf(state: State, jobId: number): readonly StoredFile[] {
  return [...state.files.values()].filter((file) => file.jobId === jobId);
}

/** What was declared, then what attempts wrote. */
export function filesOf(state: State, jobId: number): readonly FileRecord[] {
  return storedFilesOf(state, jobId).map((file) => {
    const { id, jobId: _, madeAt: __, place: ___, ...shown } = file;
    const madeBy = file.role === 'input' ? madeByOf(state, jobId, id) : null;
    return madeBy === null ? shown : { ...shown, madeBy };
  });
}

/** Every place that the file may have been given. */
export function placesOfFile(state: State, { place }: Pick<StoredFile, 'place'>): readonly string[] {
  const path = place === null ? null : pathOf(place, state.directories);
  const places = path === null ? [] : placesOf(path, [...state.directories.values()]);
  return place === null ? places : [...new Set([...places, place])];
}
