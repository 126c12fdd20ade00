/** Where things lie in the data folder, and where that folder is when nobody names one. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface DataPaths {
  readonly folder: string;
  readonly database: string;
  /** The token of the local owner. */
  readonly token: string;
  /** Where the server of this folder listens, while it does. */
  readonly discovery: string;
  readonly lock: string;
  readonly log: string;
  readonly workers: string;
  /** Runs on their way to the record. */
  readonly runs: string;
  /** Digests of programs that were run here. */
  readonly programs: string;
  readonly example: string;
}

export function dataPaths(folder: string): DataPaths {
  const inside = (name: string): string => join(folder, name);
  return {
    folder,
    database: inside('labkeep.db'),
    token: inside('token'),
    discovery: inside('server.json'),
    lock: inside('lock'),
    log: inside('log'),
    workers: inside('workers'),
    runs: inside('runs'),
    programs: inside('programs.json'),
    example: inside('example'),
  };
}

/** The folder that is named, else LABKEEP_DATA, else `labkeep` in the user’s data home. */
export function dataFolder(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const wish = named ?? env.LABKEEP_DATA;
  if (wish !== undefined && wish !== '') return resolve(wish);
  const dataHome = env.XDG_DATA_HOME;
  return join(dataHome?.startsWith('/') === true ? dataHome : join(homedir(), '.local', 'share'), 'labkeep');
}
