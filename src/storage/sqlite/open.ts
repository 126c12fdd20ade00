import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../core/faults.ts';
import { type Durations, defaultDurations } from '../../core/leases/durations.ts';
import { firstEpoch } from '../../core/leases/incarnation.ts';
import { checkWhole } from '../../core/leases/schema.ts';
import type { Chance, Clock } from '../../ports/clock.ts';
import type { Storage } from '../../ports/storage.ts';
import { Known } from '../shared/known.ts';
import { sqlStorage } from '../shared/sql-storage.ts';
import { loadMigrations } from '../shared/statements.ts';
import { SqliteEngine, writers } from './engine.ts';
import { faultOf } from './faults.ts';

/**
 * How commits are kept. `wal` needs memory shared by all who read, so one machine; `rollback` needs locks and fsync
 * alone, and so works on network file systems, at the price of more syncs per commit.
 */
export type Journal = 'wal' | 'rollback';

export interface SqliteOptions {
  /** Path of the database file; `:memory:` for none. */
  readonly file: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly durations?: Partial<Durations>;
  /** WAL if left out. */
  readonly journal?: Journal;
}

const migrations = loadMigrations(new URL('./migrations/', import.meta.url));

/** The schema that this version writes. */
export const schemaVersion = migrations.length;

/** Writes the schema into an empty database, without its one row of counters. */
export function writeSchema(database: DatabaseSync): void {
  for (const { text } of migrations) database.exec(text);
  database.exec(`pragma user_version = ${schemaVersion}`);
}

/** Opens, or makes, a storage in one SQLite file: every commit synced, whatever the journal. */
export async function openSqlite(options: SqliteOptions): Promise<Storage> {
  try {
    refuseHalfRestored(options.file);
    makePrivate(options.file);
    const database = new DatabaseSync(options.file);
    configure(database, options);
    openSchema(database, options);
    const journal = options.file === ':memory:' ? null : (options.journal ?? 'wal');
    const around = {
      durations: { ...defaultDurations, ...options.durations },
      chance: options.chance,
      known: new Known(writers),
      schema: null,
      clock: () => options.clock.now(),
      isLost: () => false,
    };
    return sqlStorage(new SqliteEngine(database, { journal, schema: schemaVersion }, options.clock, around));
  } catch (error) {
    throw faultOf(error);
  }
}

/** Where a restore builds the database that it then puts in place. */
export function halfRestored(file: string): string {
  return `${file}.part`;
}

/** A restore that was killed between two renames leaves no database: an empty one must not stand in for it. */
function refuseHalfRestored(file: string): void {
  if (file === ':memory:' || existsSync(file) || !existsSync(halfRestored(file))) return;
  throw new Fault('data_unusable', {
    detail: `A restore into ${file} was interrupted; repeat labkeep restore`,
  });
}

/** What was asked of programs, and the key that signs tokens, are for the owner alone; the engine's own files follow. */
export function makePrivate(file: string): void {
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600));
}

function configure(database: DatabaseSync, { journal = 'wal', file }: SqliteOptions): void {
  database.exec(`
    pragma busy_timeout = 5000;
    pragma synchronous = full;
    pragma cache_size = -65536;
    pragma temp_store = memory;
    pragma journal_size_limit = 67108864;
    pragma wal_autocheckpoint = 4000;
    pragma trusted_schema = off;
  `);
  setJournal(database, journal, file);
}

/** Each commit of a rollback journal empties it and syncs that: a file that is removed would need its folder synced. */
const journalModes = { wal: 'wal', rollback: 'truncate' } as const satisfies Record<Journal, string>;

function setJournal(database: DatabaseSync, journal: Journal, file: string): void {
  const wanted = journalModes[journal];
  const found = database.prepare(`pragma journal_mode = ${wanted}`).get()?.journal_mode;
  // The engine keeps the old one without a word where it cannot change it.
  if (found !== wanted && file !== ':memory:')
    throw new Fault('storage_unavailable', {
      detail: `SQLite: ${file} cannot be given a journal of mode ${wanted}; it has ${String(found)}`,
    });
}

/**
 * One server alone holds a file, so no other has to go on with what a newer one leaves: a newer schema is refused, whatever
 * its migrations say. Who goes back takes the copy that is made before an older one is changed.
 */
function openSchema(database: DatabaseSync, { clock, chance, file }: SqliteOptions): void {
  const found = versionOf(database);
  checkWhole(schemaVersion, found, file);
  if (found > 0 && found < schemaVersion && file !== ':memory:') keepBefore(database, file);
  migrate(database, () => begin(database, clock.now(), chance));
}

export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('pragma user_version').get()?.user_version);
}

/** Where the database lies as it was before its schema was brought up to date. */
export function beforeMigration(file: string): string {
  return `${file}.before-schema-${schemaVersion}`;
}

function keepBefore(database: DatabaseSync, file: string): void {
  const half = `${beforeMigration(file)}.part`;
  rmSync(half, { force: true });
  makePrivate(half);
  database.prepare('vacuum into ?').run(half);
  renameSync(half, beforeMigration(file));
}

/** Brings a schema up to date, each migration in a transaction of its own. */
export function migrate(database: DatabaseSync, onFirst: () => void): void {
  for (const { version, text } of migrations.slice(versionOf(database))) {
    database.exec('begin immediate');
    try {
      database.exec(text);
      if (version === 1) onFirst();
      database.exec(`pragma user_version = ${version}`);
      database.exec('commit');
    } catch (error) {
      database.exec('rollback');
      throw error;
    }
  }
}

function begin(database: DatabaseSync, now: number, chance: Chance): void {
  database
    .prepare(
      `insert into server_state (singleton, incarnation, event, events_from, epoch, epochs_from, job, clock, swept_at, signing_key)
       values (1, ?, 0, 0, ?, 0, 0, ?, ?, ?)`,
    )
    .run(chance.token(6), firstEpoch(now, 0), now, now, chance.token(32));
}
