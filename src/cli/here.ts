/** Paths between people and the record: what they type becomes absolute, what is shown is short. */
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { contains, shortPath } from '../recorder/paths.ts';
import { realPath } from '../worker/programs/look.ts';

/** Absolute and without links; of what does not exist, the part that does. */
export function pathHere(folder: string, name: string): string {
  const path = resolve(folder, name);
  return realPath(path) ?? linkHere('/', path);
}

/** The same of a link itself, not of what it leads to. */
export function linkHere(folder: string, name: string): string {
  const path = resolve(folder, name);
  const parent = dirname(path);
  return parent === path ? path : join(pathHere('/', parent), basename(path));
}

/** As seen from a folder, if it lies below. */
export function nameHere(folder: string, path: string): string {
  if (path === '/dev/stdin') return 'stdin';
  if (!isAbsolute(path)) return path;
  if (folder === sep) return shortPath(path);
  return path !== folder && contains(folder, path) ? relative(folder, path) : shortPath(path);
}
