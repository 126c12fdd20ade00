/**
 * The files that a command created or changed: those below the working folder whose status changed after it started,
 * and the arguments of which that is true elsewhere. What ignore files name is passed over.
 */
import { readdirSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { isMissing, orNull } from '../worker/programs/look.ts';
import { Ignored } from './ignored.ts';
import { look } from './paths.ts';
import type { FileReport } from './report.ts';

/** The clock that stamps files ticks up to 10 ms behind the one that we read. */
const tickMs = 10;
/** Beyond this many entries the rest of a folder is not looked at, and the run says so. */
const entriesMax = 500_000;
/** Beyond this many files a folder of outputs is recorded as one. */
const outputsMax = 20_000;

export interface OutputWish {
  readonly folder: string;
  readonly isChanged: IsChanged;
  /** Looked at wherever they are: arguments, and the file behind standard output. */
  readonly named: readonly string[];
  /** Recorded whether or not they were changed. */
  readonly certain: readonly string[];
  /** Folders to leave alone. */
  readonly except: readonly string[];
  readonly hashBytesMax: number;
}

export interface Outputs {
  readonly files: readonly FileReport[];
  /** False: the folder was too large to look at all of it. */
  readonly complete: boolean;
}

export type IsChanged = (path: string, stats: Stats) => boolean;

/** By our own clock: right where the machine that stamps the files is this one. Milliseconds since 1970. */
export function changedSince(startedAt: number): IsChanged {
  return (_, { ctimeMs }) => ctimeMs >= startedAt - tickMs;
}

/** By what was there, also under the names given: for file systems whose stamps come from another machine's clock. */
export async function changedFromNow(folder: string, named: readonly string[]): Promise<IsChanged> {
  const before = new Map<string, string>();
  const mark = ({ ino, size, mtimeMs, ctimeMs }: Stats): string => `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  await walk({ folder, except: [] }, (path, stats) => before.set(path, mark(stats)));
  for (const path of named) {
    const stats = look(path);
    if (stats !== null) before.set(path, mark(stats));
  }
  return (path, stats) => before.get(path) !== mark(stats);
}

export async function findOutputs(wish: OutputWish): Promise<Outputs> {
  const { isChanged } = wish;
  const found = new Map<string, Stats>();
  for (const path of wish.named) {
    const stats = look(path);
    if (stats?.isFile() === true && isChanged(path, stats)) found.set(path, stats);
  }
  for (const path of wish.certain) {
    const stats = look(path);
    if (stats !== null) found.set(path, stats);
  }
  const complete = await walk(wish, (path, stats) => {
    if (isChanged(path, stats)) found.set(path, stats);
  });
  return { files: await describe(found, wish), complete };
}

/** Visits every file and link below the folder; false if there were too many entries. */
async function walk(
  { folder, except }: Pick<OutputWish, 'folder' | 'except'>,
  visit: (path: string, stats: Stats) => void,
): Promise<boolean> {
  const ignored = await Ignored.of(folder);
  const open = [folder];
  let entries = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const entry of orNull(() => readdirSync(at, { withFileTypes: true })) ?? []) {
      entries += 1;
      if (entries > entriesMax) return false;
      const path = join(at, entry.name);
      const isFolder = entry.isDirectory();
      if (except.includes(path) || ignored.has(path, isFolder)) continue;
      if (isFolder) {
        open.push(path);
        await ignored.enter(path);
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        const stats = look(path);
        if (stats !== null) visit(path, stats);
      }
    }
  }
  return true;
}

async function describe(found: ReadonlyMap<string, Stats>, wish: OutputWish): Promise<readonly FileReport[]> {
  if (found.size > outputsMax) return foldersOf([...found.keys()], wish.folder);
  const files: FileReport[] = [];
  for (const [path, stats] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (stats.isDirectory()) files.push({ path, kind: 'directory' });
    else if (stats.isSymbolicLink()) files.push({ path, note: 'symbolic link' });
    else if (!stats.isFile()) files.push({ path });
    else files.push(await describeFile(path, stats.size, wish.hashBytesMax));
  }
  return files;
}

async function describeFile(path: string, size: number, hashBytesMax: number): Promise<FileReport> {
  if (size > hashBytesMax) return { path, size, note: 'too large to hash' };
  try {
    const { digestOfPath } = await import('../worker/programs/digest.ts');
    const sha256 = await digestOfPath(path);
    return sha256 === null ? { path, size, note: 'changed while it was read' } : { path, size, sha256 };
  } catch (error) {
    if (isMissing(error)) return { path, size, note: 'could not be read' };
    throw error;
  }
}

/** More files than a record holds: the folders they lie in stand for them, and if these are too many, the whole. */
function foldersOf(paths: readonly string[], folder: string): readonly FileReport[] {
  const folders = new Map<string, number>();
  for (const path of paths) folders.set(dirname(path), (folders.get(dirname(path)) ?? 0) + 1);
  const kind = 'directory';
  if (folders.size > outputsMax) return [{ path: folder, kind, note: `${paths.length} files` }];
  return [...folders].map(([path, files]) => ({ path, kind, note: `${files} files` }));
}
