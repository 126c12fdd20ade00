/** What this machine says: where a name leads, and who we are here. */
import { accessSync, constants, openSync, realpathSync, statSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';

/** Without links; null if there is nothing of this name. */
export function realPath(path: string): string | null {
  return orNull(() => realpathSync.native(path));
}

/**
 * Opens without leaving a trace in the time of the last access, by which it is seen whether the command read the file;
 * only the owner of a file may do so. A FIFO is not waited for.
 */
export function openUntouched(path: string): number {
  const plain = constants.O_RDONLY | constants.O_NONBLOCK;
  try {
    return openSync(path, plain | constants.O_NOATIME);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    return openSync(path, plain);
  }
}

/** Null where the name leads to nothing that we may look at. */
export function orNull<T>(find: () => T): T | null {
  try {
    return find();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Which file a command’s first word starts: as execvp(3) finds it. */
export function findExecutable(name: string, folder: string, path: string | undefined): string | null {
  if (name.includes('/')) return runnable(resolve(folder, name));
  for (const part of (path ?? '/usr/local/bin:/usr/bin:/bin').split(':')) {
    const found = runnable(join(resolve(folder, part), name));
    if (found !== null) return found;
  }
  return null;
}

function runnable(file: string): string | null {
  return orNull(() => {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? realPath(file) : null;
  });
}

/** Codes by which the system says that a name leads to nothing that we may look at. */
const codes: readonly unknown[] = [
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'ELOOP',
  'ENAMETOOLONG',
  'ENXIO',
  'EISDIR',
  'ESTALE',
];

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code);
}

/** The account that we run under; its number where it has no name. */
export function accountName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return `uid-${process.getuid?.() ?? 0}`;
  }
}

/** How a worker tells where it runs. */
export function namesHere(): { readonly host: string | null; readonly account: string } {
  return { host: hostname() || null, account: accountName() };
}
