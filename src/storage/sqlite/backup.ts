/**
 * Backups are SQLite files with the tables of a storage, whatever database it is kept in. One is taken while the
 * server works; one is restored while none does, and becomes an incarnation of its own.
 */
import { existsSync, rmSync } from 'node:fs';
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { Fault } from '../../core/faults.ts';
import { checkWhole } from '../../core/leases/schema.ts';
import type { Cell, Column, Rows, TableName, TableSink, TableSource } from '../shared/tables.ts';
import { faultOf } from './faults.ts';
import {
  halfRestored,
  makePrivate,
  migrate,
  openSqlite,
  type SqliteOptions,
  schemaVersion,
  versionOf,
  writeSchema,
} from './open.ts';

const pagesAtOnce = 512;
/** How long a commit of the server is waited for. */
const busyMs = 5_000;
/** What the engine may keep beside a database. */
const besideDatabase = ['-wal', '-shm', '-journal'];

/** Copies the database of a data folder, also while a server writes to it. `target` must not exist. */
export async function backupSqlite(params: {
  readonly file: string;
  readonly target: string;
  /** Is told the part that is copied, from 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}): Promise<void> {
  refuseExisting(params.target);
  if (!existsSync(params.file))
    throw new Fault('data_unusable', {
      field: 'data',
      found: params.file,
      expected: 'the database of a data folder',
    });
  const half = `${params.target}.part`;
  try {
    // Not read-only: what a killed server left half done in a rollback journal is to be undone first.
    const source = new DatabaseSync(params.file, { timeout: busyMs });
    try {
      // The copy begins anew whenever the server writes, unless what it reads is held: then it always ends. With a
      // rollback journal that makes the server’s commits wait.
      source.exec('begin; select 1 from sqlite_schema limit 1');
      makePrivate(half);
      await backup(source, half, {
        rate: pagesAtOnce,
        progress: ({ totalPages, remainingPages }) => params.onProgress?.(1 - remainingPages / totalPages),
      });
    } finally {
      source.close();
    }
    withFile(half, false, (copy) => copy.exec('pragma journal_mode = delete'));
    await rename(half, params.target);
  } catch (error) {
    await rm(half, { force: true });
    throw faultOf(error);
  }
}

export interface Restored {
  readonly incarnation: string;
  /** Jobs that were with a worker when the backup was taken. */
  readonly taken: number;
  /** Where the database that was there before is kept; null if there was none. */
  readonly kept: string | null;
}

/** Puts a backup in the place of a data folder’s database, which is kept beside it. No server may hold the folder. */
export async function restoreSqlite(params: SqliteOptions & { readonly backup: string }): Promise<Restored> {
  checkBackup(params.backup);
  const half = halfRestored(params.file);
  // What a restore that was killed has left: its log would be taken for that of the new copy.
  for (const part of ['', ...besideDatabase]) await rm(half + part, { force: true });
  makePrivate(half);
  await copyFile(params.backup, half);
  withFile(half, false, bringUpToDate);
  const { incarnation, taken } = await newIncarnation({ ...params, file: half }, lastEpochOf(params.file));
  const before = `${params.file}.before-${incarnation}`;
  const kept = existsSync(params.file) ? before : null;
  // A log is moved also where its database is gone, moved by a restore that was killed: it is not the new one's.
  for (const part of ['', ...besideDatabase])
    if (existsSync(params.file + part)) await rename(params.file + part, before + part);
  await rename(half, params.file);
  return { incarnation, taken, kept };
}

/** The greatest epoch that a database gave; 0 where it is gone, or damaged, for which it may be replaced. */
function lastEpochOf(file: string): number {
  if (!existsSync(file)) return 0;
  let epoch = 0;
  try {
    withFile(file, true, (database) => {
      epoch = Number(database.prepare('select epoch from server_state').get()?.epoch ?? 0);
    });
  } catch {
    return 0;
  }
  return epoch;
}

async function newIncarnation(
  options: SqliteOptions,
  replaced: number,
): Promise<{ readonly incarnation: string; readonly taken: number }> {
  const storage = await openSqlite(options);
  try {
    return await storage.startIncarnation(replaced);
  } finally {
    await storage.close();
  }
}

/** Refuses what is not a whole backup of this version or an older one. */
export function checkBackup(file: string): void {
  const refuse = (detail: string, cause?: unknown): Fault => new Fault('backup_unusable', { detail }, cause);
  if (!existsSync(file)) throw refuse(`There is no file ${file}`);
  try {
    withFile(file, true, (database) => {
      const version = versionOf(database);
      checkWhole(schemaVersion, version, 'FILE');
      if (version === 0) throw refuse(`${file} is no backup of Labkeep`);
      const check = database.prepare('pragma quick_check(1)').get()?.quick_check;
      if (check !== 'ok') throw refuse(`The backup ${file} is damaged (${String(check)})`);
    });
  } catch (error) {
    throw error instanceof Fault ? error : refuse(`${file} is no backup of Labkeep`, error);
  }
}

const rowsAtOnce = 500;

/** A backup file as a source or a sink of tables, to copy from and to other databases. */
export class BackupFile implements TableSource, TableSink {
  readonly #database: DatabaseSync;
  /** The folder of the copy that is read, which is removed in the end. */
  readonly #copied: string | null;

  private constructor(database: DatabaseSync, copied: string | null = null) {
    this.#database = database;
    this.#copied = copied;
  }

  /** Writes a new file with what `fill` copies into it; there is none until it is whole. */
  static async write(file: string, fill: (sink: BackupFile) => Promise<void>): Promise<void> {
    refuseExisting(file);
    const half = `${file}.part`;
    await rm(half, { force: true });
    try {
      const target = BackupFile.create(half);
      try {
        await fill(target);
      } finally {
        target.close();
      }
      await rename(half, file);
    } catch (error) {
      await rm(half, { force: true });
      throw error;
    }
  }

  /** A new file with empty tables. */
  static create(file: string): BackupFile {
    refuseExisting(file);
    makePrivate(file);
    const database = new DatabaseSync(file);
    database.exec('pragma journal_mode = delete; pragma synchronous = full;');
    writeSchema(database);
    return new BackupFile(database);
  }

  /** One of an older version is read from a copy that has the schema of this one. */
  static async open(file: string): Promise<BackupFile> {
    checkBackup(file);
    const asItIs = new DatabaseSync(file, { readOnly: true });
    if (versionOf(asItIs) === schemaVersion) return new BackupFile(asItIs);
    asItIs.close();
    const folder = await mkdtemp(join(tmpdir(), 'labkeep-backup-'));
    try {
      const copy = join(folder, 'copy');
      // It is to be written, though the backup may not.
      makePrivate(copy);
      await copyFile(file, copy);
      withFile(copy, false, bringUpToDate);
      return new BackupFile(new DatabaseSync(copy, { readOnly: true }), folder);
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  columns(table: TableName): readonly Column[] {
    return this.#database
      .prepare('select name, lower(type) as type from pragma_table_info(?) order by cid')
      .all(table)
      .map((row) => ({ name: String(row.name), type: row.type as Column['type'] }));
  }

  async *read(table: TableName, columns: readonly Column[]): AsyncIterable<Rows> {
    const statement = this.#database.prepare(
      `select ${columns.map(({ name }) => name).join(', ')} from ${table}`,
    );
    let slice: (readonly Cell[])[] = [];
    for (const row of statement.iterate()) {
      slice.push(columns.map(({ name }) => row[name] as Cell));
      if (slice.length < rowsAtOnce) continue;
      yield slice;
      slice = [];
    }
    if (slice.length > 0) yield slice;
  }

  async write(table: TableName, columns: readonly Column[], rows: Rows): Promise<void> {
    const marks = columns.map(() => '?').join(', ');
    const statement = this.#database.prepare(
      `insert into ${table} (${columns.map(({ name }) => name).join(', ')}) values (${marks})`,
    );
    this.#database.exec('begin immediate');
    for (const row of rows) statement.run(...row);
    this.#database.exec('commit');
  }

  close(): void {
    this.#database.close();
    if (this.#copied !== null) rmSync(this.#copied, { recursive: true });
  }
}

function bringUpToDate(backup: DatabaseSync): void {
  migrate(backup, () => undefined);
}

function refuseExisting(file: string): void {
  if (existsSync(file))
    throw new Fault('data_unusable', {
      field: 'FILE',
      found: file,
      expected: 'a file that does not exist yet',
    });
}

function withFile(file: string, readOnly: boolean, use: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(file, { readOnly });
  try {
    use(database);
  } finally {
    database.close();
  }
}
