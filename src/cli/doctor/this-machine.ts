/** What can be looked at without a server: Node, and the data folder. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../../core/faults.ts';
import { probeData } from '../../daemon/data-hold.ts';
import type { DataPaths } from '../../daemon/data-paths.ts';
import { networkFileSystem } from '../../daemon/file-systems.ts';
import { journalOn } from '../../daemon/open-storage.ts';
import { systemCode, systemWords } from '../../daemon/system-error.ts';
import { shortPath } from '../../recorder/paths.ts';
import { bytesText } from '../text.ts';
import { amiss, type Finding, fine, unseen } from './check.ts';

const oldestNode = 24;
const freeBytesMin = 1e9;

export function checkNode(version: string): Finding {
  const major = Number(version.split('.')[0]);
  return major >= oldestNode
    ? fine('Node', version)
    : amiss('Node', version, `Install Node ${oldestNode} or newer (https://nodejs.org).`);
}

export function checkDataFolder({ folder }: DataPaths): Finding {
  const part = 'Data folder';
  const shown = shortPath(folder);
  const other = 'Name another with --data or LABKEEP_DATA, or mend this one.';
  try {
    if (!existsSync(folder)) {
      const above = existing(dirname(folder));
      if (!statSync(above).isDirectory()) return amiss(part, `${shown} lies below a file`, other);
      accessSync(above, constants.W_OK);
      return fine(part, `${shown}, which labkeep up will make`);
    }
    const { mode, uid } = statSync(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    if (uid !== process.getuid?.()) return amiss(part, `${shown} belongs to another account`, other);
    return (mode & 0o077) === 0
      ? fine(part, shown)
      : amiss(part, `${shown} can be read by other accounts`, `chmod 700 ${folder}`);
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return amiss(part, `${shown}: ${systemWords(error)}`, other);
  }
}

export function checkStorage(paths: DataPaths): Finding {
  const part = 'Storage';
  if (!existsSync(paths.folder)) return unseen(part, 'nothing is recorded yet');
  try {
    probeData(paths);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return amiss(part, error.message, error.advice);
  }
  const network = networkFileSystem(paths.folder);
  const files = `files can be written, synced and locked${network === null ? '' : `, on ${network}`}`;
  if (!existsSync(paths.database)) return fine(part, files);
  const journal = { wal: 'a write-ahead log', rollback: 'a rollback journal' }[journalOn(paths.folder)];
  return fine(part, `SQLite with ${journal}; ${files}`);
}

export function checkDiskSpace({ folder }: DataPaths): Finding {
  const part = 'Disk space';
  try {
    const { bavail, bsize } = statfsSync(existing(folder));
    const free = bavail * bsize;
    const found = `${bytesText(free)} free`;
    return free >= freeBytesMin
      ? fine(part, found)
      : amiss(part, found, 'Make space; without it nothing can be recorded.');
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return amiss(part, systemWords(error), 'Name another folder with --data or LABKEEP_DATA.');
  }
}

/** The path, or the nearest above it that there is. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}
