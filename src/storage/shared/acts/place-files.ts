import { absolutePath, pathsAbove } from '../../../core/files/paths.ts';
import { type Directory, directoryOf, pathOf, placeOf, placesOf } from '../../../core/files/place.ts';
import type { FileMention } from '../../../core/jobs/job.ts';
import { integer, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select, type Value } from '../script.ts';
import type { Transaction } from '../transaction.ts';

/** Files of one job that are written together. */
export interface NewFiles {
  readonly jobId: number;
  readonly role: 'input' | 'output';
  readonly files: readonly FileMention[];
  /** Which attempt wrote them, and when that ended; null for what was declared, or read. */
  readonly made: { readonly attempt: number; readonly at: number } | null;
  /** In which relative paths stand; null if that is not known. Left out, it is looked up. */
  readonly folder?: string | null;
}

/** Writes files with the place that each has. Of no files, nothing is asked. */
export function* insertFiles(tx: Transaction, sets: readonly NewFiles[]): Script<void> {
  const some = sets.filter(({ files }) => files.length > 0);
  if (some.length === 0) return;
  const folders = yield* foldersOf(some);
  const rows = some.flatMap(({ jobId, role, files, made }) =>
    files.map((file) => ({
      jobId,
      role,
      file,
      made,
      path: absolutePath(file.path, folders.get(jobId) ?? null),
    })),
  );
  const directories = yield* directoriesAbove(rows.flatMap(({ path }) => path ?? []));
  yield* tx.write(
    'insert-files',
    rows.map(({ jobId, role, file, made, path: at }) => {
      const { path, size = null, sha256 = null, kind = null, note = null } = file;
      const place = at === null ? null : placeOf(at, directories);
      return [jobId, role, path, size, sha256, made?.attempt ?? null, place, kind, note, made?.at ?? null];
    }) satisfies readonly (readonly Value[])[],
  );
}

function* foldersOf(sets: readonly NewFiles[]): Script<ReadonlyMap<number, string | null>> {
  const folders = new Map<number, string | null>();
  const unknown = new Set<number>();
  for (const { jobId, folder } of sets)
    if (folder === undefined) unknown.add(jobId);
    else folders.set(jobId, folder);
  if (unknown.size > 0)
    for (const row of yield* select('list-folders', [...unknown]))
      folders.set(integer(row.id), textOrNull(row.folder));
  return folders;
}

/** Every directory that holds one of these paths. */
export function* directoriesAbove(paths: readonly string[]): Script<readonly Directory[]> {
  const above = new Set(paths.flatMap(pathsAbove));
  return above.size === 0 ? [] : (yield* select('list-directories-at', [...above])).map(directoryFrom);
}

/** Of each place, all under which a file that lies there may be kept, whatever directory it was placed in. */
export function* placesAlike(places: readonly string[]): Script<ReadonlyMap<string, readonly string[]>> {
  const named = yield* directoriesOf(places);
  const paths = new Map(places.map((place) => [place, pathOf(place, named)]));
  const directories = yield* directoriesAbove([...paths.values()].flatMap((path) => path ?? []));
  return new Map(
    [...paths].map(([place, path]) => [
      place,
      [...new Set([place, ...(path === null ? [] : placesOf(path, directories))])],
    ]),
  );
}

/** The directories that these places name. */
export function* directoriesOf(places: readonly string[]): Script<ReadonlyMap<number, Directory>> {
  const ids = new Set(places.flatMap((place) => directoryOf(place) ?? []));
  const rows = ids.size === 0 ? [] : yield* select('list-directories-by-id', [...ids]);
  return new Map(rows.map(directoryFrom).map((directory) => [directory.id, directory]));
}

function directoryFrom(row: Row): Directory {
  return { id: integer(row.id), path: text(row.path), removed: text(row.alias).startsWith('~') };
}
