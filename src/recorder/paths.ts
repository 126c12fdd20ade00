/** Paths: what they lead to, and how they are shown. */
import { lstatSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, relative, sep } from 'node:path';
import { orNull } from '../worker/programs/look.ts';

/** What is there now, a link itself; null if nothing is. */
export function look(path: string): Stats | null {
  return orNull(() => lstatSync(path));
}

/** Whether the path is the folder, or lies below it. */
export function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** With ~ for the home folder. */
export function shortPath(path: string): string {
  const home = homedir();
  return path === home || path.startsWith(`${home}${sep}`) ? `~${path.slice(home.length)}` : path;
}
