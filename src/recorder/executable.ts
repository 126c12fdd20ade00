/** Which file a command’s first word starts: as execvp(3) finds it. */
import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { realPath } from './find-inputs.ts';
import { isMissing } from './missing.ts';

export function findExecutable(name: string, folder: string, path: string | undefined): string | null {
  if (name.includes('/')) return runnable(resolve(folder, name));
  for (const part of (path ?? '/usr/local/bin:/usr/bin:/bin').split(':')) {
    const found = runnable(join(resolve(folder, part), name));
    if (found !== null) return found;
  }
  return null;
}

function runnable(file: string): string | null {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? realPath(file) : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
