/**
 * One worker per folder. The hold is a lock of the kernel on a file, taken through SQLite because Node itself offers
 * none: it ends with the process however that ends, so nothing stale is ever to be judged by pid or time, and two
 * workers that start at once cannot both win.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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

export interface FolderHold {
  /** May be called twice. */
  release(): void;
}

const sqliteBusy = 5;

export function holdFolder(folder: string): FolderHold {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const holder = join(folder, 'holder');
  const lock = new DatabaseSync(join(folder, 'hold'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (isBusy(error)) throw new FolderHeldError(folder, describe(holder));
    throw error;
  }
  writeFileSync(holder, `process ${process.pid} on ${hostname()}`, { mode: 0o600 });
  return {
    release: () => {
      if (lock.isOpen) lock.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}

function describe(holder: string): string {
  try {
    return ` (${readFileSync(holder, 'utf8')})`;
  } catch {
    // It has not said yet who it is.
    return '';
  }
}
