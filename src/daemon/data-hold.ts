/**
 * One server per data folder. The hold is a lock of the kernel on the file `lock`, taken through SQLite because Node
 * itself offers none: it ends with the process however that ends, so nothing stale is ever to be judged. Taking it
 * proves at the same time that the file system can lock, as the storage needs it.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../core/faults.ts';
import type { DataPaths } from './data-paths.ts';
import { readDiscovery, runsHere } from './discovery.ts';
import { makeFolder } from './make-folder.ts';
import { systemCode, systemWords } from './system-error.ts';

export interface DataHold {
  release(): void;
}

const sqliteBusy = 5;

/** Makes the folder if there is none, holds it, and proves that it can be used. */
export function holdData(paths: DataPaths): DataHold {
  prepare(paths);
  const lock = openLock(paths);
  try {
    probeSync(paths);
  } catch (error) {
    lock.close();
    throw error;
  }
  return { release: () => lock.close() };
}

/** Proves that files can be written, synced and locked in a data folder, whoever holds it; throws a fault if not. */
export function probeData(paths: DataPaths): void {
  probeSync(paths);
  probeLock(paths);
}

function prepare(paths: DataPaths): void {
  const { folder } = paths;
  try {
    if (!makeFolder(folder) && !isOurs(paths))
      throw unusable(folder, 'it is not empty, and no data folder of Labkeep');
    if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch (error) {
    if (error instanceof Fault) throw error;
    const isFile = systemCode(error) === 'EEXIST' || systemCode(error) === 'ENOTDIR';
    throw unusable(folder, isFile ? 'it is, or lies below, a file' : systemWords(error), error);
  }
}

/** A folder of somebody else’s things is left alone: its mode would be changed. */
function isOurs({ folder, database, token, lock, workers, runs }: DataPaths): boolean {
  const found = readdirSync(folder);
  return (
    found.length === 0 ||
    [database, token, lock, workers, runs].some((path) => found.includes(basename(path)))
  );
}

function openLock(paths: DataPaths): DatabaseSync {
  const lock = lockFile(paths, paths.lock);
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
    return lock;
  } catch (error) {
    lock.close();
    if (isBusy(error)) {
      probeLock(paths);
      throw held(paths);
    }
    throw cannotLock(paths, error);
  }
}

/**
 * Tells a file that is held from a file system that cannot lock: where no lock daemon answers (ENOLCK, as on NFS),
 * SQLite says busy too, and then of a file that nobody else knows.
 */
function probeLock(paths: DataPaths): void {
  const file = join(paths.folder, `.probe-${process.pid}`);
  const probe = lockFile(paths, file);
  try {
    probe.exec('begin exclusive');
  } catch (error) {
    throw cannotLock(paths, error);
  } finally {
    probe.close();
    rmSync(file, { force: true });
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}

function lockFile({ folder }: DataPaths, file: string): DatabaseSync {
  try {
    return new DatabaseSync(file);
  } catch (error) {
    throw unusable(folder, `nothing can be written there (${systemWords(error)})`, error);
  }
}

function probeSync({ folder }: DataPaths): void {
  const probe = join(folder, '.probe');
  try {
    const file = openSync(probe, 'w', 0o600);
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // Another process may probe at the same time.
    rmSync(probe, { force: true });
  } catch (error) {
    throw unusable(folder, `a file there cannot be written and synced: ${systemWords(error)}`, error);
  }
}

function cannotLock({ folder }: DataPaths, error: unknown): Fault {
  return unusable(folder, `its file system cannot lock files (${systemWords(error)})`, error);
}

function held(paths: DataPaths): Fault {
  const other = readDiscovery(paths.discovery);
  const at = other === null ? '' : `${runsHere(other) ? '' : ` on ${other.host}`} at ${other.url}`;
  const who = other === null ? 'Another server' : `Another server (process ${other.pid}${at})`;
  return new Fault('data_held', {
    detail: `${who} holds the data folder ${paths.folder}`,
    facts: { folder: paths.folder, pid: other?.pid ?? null, url: other?.url ?? null },
  });
}

function unusable(folder: string, why: string, cause?: unknown): Fault {
  return new Fault('data_unusable', { detail: `The data folder ${folder} cannot be used: ${why}` }, cause);
}

/** Whether a server holds the folder now. */
export function isHeld(paths: DataPaths): boolean {
  if (!existsSync(paths.lock)) return false;
  try {
    openLock(paths).close();
    return false;
  } catch (error) {
    if (error instanceof Fault && error.code === 'data_held') return true;
    throw error;
  }
}
