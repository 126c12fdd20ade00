/**
 * The folder of a database of releases:
 *
 *     ROOT/2026-10/                             a release
 *     ROOT/current                              a link to the one that is read
 *     ROOT/.labkeep/lists/2026-10.sha256        its files with their digests
 *     ROOT/.labkeep/building/2026-11/           what is brought in, and where from
 *     ROOT/.labkeep/going/2026-09/              what is being removed
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkRelease } from '../core/catalogue/database.ts';

export interface ReleaseFolders {
  readonly root: string;
  readonly release: string;
  /** Where it is read. */
  readonly place: string;
  readonly list: string;
  readonly building: string;
  readonly going: string;
}

/** The paths of a release. Its name is checked again here, since folders are removed by it. */
export function foldersOf(root: string, release: string): ReleaseFolders {
  checkRelease(release, 'release');
  const own = join(root, '.labkeep');
  return {
    root,
    release,
    place: join(root, release),
    list: join(own, 'lists', `${release}.sha256`),
    building: join(own, 'building', release),
    going: join(own, 'going', release),
  };
}

/** Those of a release that was published at this path; null for a path that is not one of its own. */
export function foldersAt(path: string, release: string): ReleaseFolders | null {
  return basename(path) === release ? foldersOf(dirname(path), release) : null;
}

export type Found = 'nothing' | 'folder' | 'link' | 'other';

export async function whatIsAt(path: string): Promise<Found> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return 'link';
    return found.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return 'nothing';
    throw error;
  }
}

/** Makes what was written to a file, or a folder, last. */
export async function settle(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems cannot do this for folders, and write them at once.
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'EBADF') throw error;
  } finally {
    await handle.close();
  }
}

/** Writes a small file whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  await writeFile(draft, text);
  await settle(draft);
  await rename(draft, path);
  await settle(dirname(path));
}

export async function moveFolder(from: string, to: string): Promise<void> {
  await rename(from, to);
  await settle(dirname(to));
  await settle(dirname(from));
}

export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** Lets ROOT/current lead to a release, in one step. */
export async function pointTo(root: string, release: string): Promise<void> {
  const link = join(root, 'current');
  if ((await whatIsAt(link)) === 'link' && (await readlink(link)) === release) return;
  const draft = join(root, '.labkeep', `current-${release}-${process.pid}`);
  await mkdir(dirname(draft), { recursive: true });
  await rm(draft, { force: true });
  await symlink(release, draft);
  await rename(draft, link);
  await settle(root);
}

/** The code of an error of the operating system. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
