/**
 * Where a file is: a registered directory and the name below it, or a bare path where none holds it. A directory that
 * moves takes its files along: their places name it by id. What was placed under other directories than a path would be
 * now is found all the same: a path is looked for at every place that it may have.
 */
import { nameBelow, pathBelow, pathsAbove } from './paths.ts';

export interface Directory {
  readonly id: number;
  readonly path: string;
  /** It was removed: nothing new is placed in it, but what was is still found. */
  readonly removed: boolean;
}

/** The place of an absolute path in its plain form: in the innermost directory; of several, the oldest. */
export function placeOf(path: string, directories: readonly Directory[]): string {
  let holder: Directory | null = null;
  for (const directory of holders(path, directories))
    if (!directory.removed && (holder === null || isCloser(directory, holder))) holder = directory;
  return holder === null ? `:${path}` : writePlace(holder, path);
}

/** Every place that a file at this path may have been given. */
export function placesOf(path: string, directories: readonly Directory[]): readonly string[] {
  return [`:${path}`, ...holders(path, directories).map((directory) => writePlace(directory, path))];
}

/** The path of a place, by the directories as they are now; null if its directory is not among them. */
export function pathOf(place: string, directories: ReadonlyMap<number, Directory>): string | null {
  const id = directoryOf(place);
  const name = place.slice(place.indexOf(':') + 1);
  if (id === null) return name;
  const directory = directories.get(id);
  return directory === undefined ? null : pathBelow(directory.path, name);
}

/** The id of the directory that a place names; null for a bare path. */
export function directoryOf(place: string): number | null {
  const colon = place.indexOf(':');
  return colon === 0 ? null : Number(place.slice(0, colon));
}

function holders(path: string, directories: readonly Directory[]): readonly Directory[] {
  const above = new Set(pathsAbove(path));
  return directories.filter((directory) => above.has(directory.path));
}

function isCloser(one: Directory, other: Directory): boolean {
  return one.path.length > other.path.length || (one.path.length === other.path.length && one.id < other.id);
}

function writePlace(directory: Directory, path: string): string {
  return `${directory.id}:${nameBelow(directory.path, path)}`;
}
