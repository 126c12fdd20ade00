import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, for the owner alone; false if it is there already. One by one: where the system
 * says of an existing folder that it does not exist (/proc, a home unknown to automount), Node’s own recursive mkdir
 * tries for ever.
 */
export function makeFolder(folder: string): boolean {
  if (existsSync(folder)) {
    // A file in its place is refused by mkdir with EEXIST.
    mkdirSync(folder, { recursive: true });
    return false;
  }
  const above = dirname(folder);
  if (above !== folder) makeFolder(above);
  mkdirSync(folder, { mode: 0o700 });
  return true;
}
