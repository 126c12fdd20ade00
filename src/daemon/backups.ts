/** Backups of either storage: a SQLite file with all its tables, which each can be restored from. */
import { systemChance, systemClock } from './chance.ts';
import { holdData } from './data-hold.ts';
import type { DataPaths } from './data-paths.ts';
import { journalOn, openStorage } from './open-storage.ts';

export interface BackupOptions {
  readonly paths: DataPaths;
  /** postgres://…; null for the SQLite file of the data folder. */
  readonly storageUrl: string | null;
  readonly file: string;
  /** Is told the part that is done, from 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

export interface Restored {
  /** The new incarnation: cursors and reports of the old one are told so. */
  readonly incarnation: string;
  /** Jobs that were with a worker when the backup was taken. */
  readonly taken: number;
  /** Where the database that was there before is kept; null if there was none. */
  readonly kept: string | null;
}

/** Copies a storage as it is at one instant, also while servers write to it. */
export async function backUp({ paths, storageUrl, file, onProgress }: BackupOptions): Promise<void> {
  const { BackupFile, backupSqlite } = await import('../storage/sqlite/backup.ts');
  if (storageUrl === null)
    return backupSqlite({ file: paths.database, target: file, ...(onProgress && { onProgress }) });
  const { readTables } = await import('../storage/postgres/tables.ts');
  const { copyTables } = await import('../storage/shared/tables.ts');
  await BackupFile.write(file, (target) =>
    readTables(storageUrl, (source) => copyTables((table) => target.columns(table), source, target)),
  );
}

/** Puts a backup in the place of a storage, which no server may use meanwhile. */
export async function restore({ paths, storageUrl, file }: BackupOptions): Promise<Restored> {
  const hold = holdData(paths);
  try {
    if (storageUrl !== null) return await restorePostgres(storageUrl, file);
    const { restoreSqlite } = await import('../storage/sqlite/backup.ts');
    return await restoreSqlite({
      file: paths.database,
      backup: file,
      journal: journalOn(paths.folder),
      clock: systemClock,
      chance: systemChance,
    });
  } finally {
    hold.release();
  }
}

async function restorePostgres(url: string, file: string): Promise<Restored> {
  const { BackupFile } = await import('../storage/sqlite/backup.ts');
  const { fillTables } = await import('../storage/postgres/tables.ts');
  const { copyTables } = await import('../storage/shared/tables.ts');
  const source = await BackupFile.open(file);
  try {
    const open = () => openStorage({ url, file: '', durations: {} });
    await (await open()).close();
    await fillTables(url, (sink) => copyTables((table) => source.columns(table), source, sink));
    const storage = await open();
    try {
      return { ...(await storage.startIncarnation()), kept: null };
    } finally {
      await storage.close();
    }
  } finally {
    source.close();
  }
}
