/**
 * Directories that this machine has in other folders than the server knows. A job is written in the server’s paths; it
 * runs in those of this machine, and what it made is told in the server’s again, so that one file has one place
 * whichever machine worked on it.
 */
import type { Directory, FileMention, Offer } from './types.ts';

export interface Mount {
  /** As the server has it. */
  readonly path: string;
  /** As this machine has it. */
  readonly folder: string;
}

/** Those of the directories that lie elsewhere here, the innermost first. */
export function mountsOf(
  { directories = [] }: { readonly directories?: readonly Directory[] | undefined },
  aliases: ReadonlyMap<string, string>,
): readonly Mount[] {
  return directories
    .flatMap(({ alias, path }) => {
      const folder = aliases.get(alias);
      return folder === undefined || folder === path || path === '/' ? [] : [{ path, folder }];
    })
    .sort((one, other) => other.path.length - one.path.length);
}

/** The offer with the paths of this machine: its folders, and wherever such a path stands in command and environment. */
export function offerHere(offer: Offer, mounts: readonly Mount[]): Offer {
  if (mounts.length === 0) return offer;
  const folders = new Map(mounts.map(({ path, folder }) => [path, folder]));
  const inside = pathsIn([...folders.keys()]);
  const text = (word: string): string => word.replace(inside, (path) => folders.get(path) ?? path);
  const here = <T extends { readonly directory: string | null }>(held: T): T =>
    held.directory === null ? held : { ...held, directory: pathHere(held.directory, mounts) };
  return {
    ...offer,
    projectDirectory: offer.projectDirectory === null ? null : pathHere(offer.projectDirectory, mounts),
    directory: offer.directory === null ? null : pathHere(offer.directory, mounts),
    command: offer.command === null ? null : offer.command.map(text),
    ...(offer.databases === undefined ? {} : { databases: offer.databases.map(here) }),
    environment: Object.fromEntries(
      Object.entries(offer.environment).map(([name, value]) => [name, text(value)]),
    ),
  };
}

/** Where this machine has what the server has at a path. */
export function pathHere(path: string, mounts: readonly Mount[]): string {
  const mount = mounts.find((it) => isBelow(it.path, path));
  return mount === undefined ? path : `${mount.folder}${path.slice(mount.path.length)}`;
}

/** The server’s path of a file of this machine. */
export function pathThere(path: string, mounts: readonly Mount[]): string {
  const holders = mounts.filter((it) => isBelow(it.folder, path));
  const [mount] = holders.sort((one, other) => other.folder.length - one.folder.length);
  return mount === undefined ? path : `${mount.path}${path.slice(mount.folder.length)}`;
}

function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** The same of a file that was made here. */
export function fileThere(file: string | FileMention, mounts: readonly Mount[]): string | FileMention {
  return typeof file === 'string' ? pathThere(file, mounts) : { ...file, path: pathThere(file.path, mounts) };
}

/** A word with the server’s paths wherever those of this machine stand in it. */
export function textThere(word: string, mounts: readonly Mount[]): string {
  if (mounts.length === 0) return word;
  const paths = new Map(mounts.map(({ path, folder }) => [folder, path]));
  const innermost = [...paths.keys()].sort((one, other) => other.length - one.length);
  return word.replace(pathsIn(innermost), (folder) => paths.get(folder) ?? folder);
}

/** Whole paths only: not /srv/data in /mnt/srv/data, nor in /srv/database. */
function pathsIn(paths: readonly string[]): RegExp {
  const any = paths.map((path) => path.replace(/[$()*+./?[\\\]^{|}]/g, '\\$&')).join('|');
  return new RegExp(String.raw`(?<![\p{L}\p{N}_.~/-])(?:${any})(?![\p{L}\p{N}_.-])`, 'gu');
}
