/**
 * One worker per folder. The hold is a lock of the kernel on a file, taken through SQLite because Node itself offers
 * none: it ends with the process however that ends, so nothing stale is ever to be judged by pid or time, and two
 * workers that start at once cannot both win.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The folder is another worker’s. */
export class FolderHeldError extends Error {
  readonly code = 'folder_held';

  constructor(folder: string, holder: string) {
    super(`The folder ${folder} is held by another worker${holder}; give each worker a folder of its own.`);
    this.name = 'FolderHeldError';
  }
}

/** Nobody holds the folder, and nobody can. */
export class FolderLockError extends Error {
  readonly code = 'folder_cannot_lock';

  constructor(folder: string, cause: unknown) {
    super(`The folder ${folder} cannot be used: its file system cannot lock files.`, { cause });
    this.name = 'FolderLockError';
  }
}

export interface FolderHold {
  /** May be called twice. */
  release(): void;
}

const sqliteBusy = 5;
const sqliteIoError = 10;

export function holdFolder(folder: string): FolderHold {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const holder = join(folder, 'holder');
  const lock = new DatabaseSync(join(folder, 'hold'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (codeOf(error) === sqliteIoError) throw new FolderLockError(folder, error);
    if (codeOf(error) !== sqliteBusy) throw error;
    probeLock(folder);
    throw new FolderHeldError(folder, describe(holder));
  }
  writeFileSync(holder, `process ${process.pid} on ${hostname()}`, { mode: 0o600 });
  return {
    release: () => {
      if (lock.isOpen) lock.close();
    },
  };
}

/**
 * Tells a file that is held from a file system that cannot lock: where no lock daemon answers (ENOLCK, as on NFS),
 * SQLite says busy too, and then of a file that nobody else knows.
 */
function probeLock(folder: string): void {
  const file = join(folder, `.probe-${process.pid}`);
  const probe = new DatabaseSync(file);
  try {
    probe.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    throw new FolderLockError(folder, error);
  } finally {
    probe.close();
    rmSync(file, { force: true });
  }
}

/** The primary code of SQLite: the extended one says more than is asked here. */
function codeOf(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : null;
}

function describe(holder: string): string {
  try {
    return ` (${readFileSync(holder, 'utf8')})`;
  } catch {
    // It has not said yet who it is.
    return '';
  }
}
