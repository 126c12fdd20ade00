/** A folder that looks as if it lay on a file system that is not to be had on the machine of the tests. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const source = join(import.meta.dirname, 'other-file-system.c');

/** Numbers of errno on Linux, and types of statfs(2). */
export const noLocks = 37; // ENOLCK: NFS without its lock daemon
export const noSuchCall = 38; // ENOSYS: Lustre without -o flock
export const badDisk = 5; // EIO
export const nfs = 0x6969;

export interface OtherFileSystem {
  readonly locksFailWith?: number;
  readonly fsyncFailsWith?: number;
  readonly type?: number;
}

/** Why none can be made here. Where CI=true a skipped test would hide a failure, so there the reason is thrown. */
export function otherFileSystemUnavailable(): string | undefined {
  const reason = missing();
  if (reason !== undefined && process.env.CI === 'true') throw new Error(reason);
  return reason;
}

function missing(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux preloads what takes the place of its calls';
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'there is no C compiler';
    throw error;
  }
}

/** Compiles into the folder what a program has to preload; gives its environment, for a folder that looks so. */
export function preloadedIn(
  scratch: string,
): (folder: string, as: OtherFileSystem) => Readonly<Record<string, string>> {
  const library = join(scratch, 'other-file-system.so');
  execFileSync('cc', ['-shared', '-fPIC', '-Wall', '-Werror', '-o', library, source, '-ldl']);
  return (folder, { locksFailWith, fsyncFailsWith, type }) => ({
    LD_PRELOAD: library,
    FOLDER_OF_ANOTHER: folder,
    ...(locksFailWith === undefined ? {} : { LOCKS_FAIL_WITH: String(locksFailWith) }),
    ...(fsyncFailsWith === undefined ? {} : { FSYNC_FAILS_WITH: String(fsyncFailsWith) }),
    ...(type === undefined ? {} : { STATFS_SAYS: type.toString(16) }),
  });
}
