/**
 * The schema of a PostgreSQL storage: made, or brought up to date by the first server that knows a newer one, in one
 * transaction, while servers of before are at work.
 */
import type pg from 'pg';
import { Fault } from '../../core/faults.ts';
import { firstEpoch } from '../../core/leases/incarnation.ts';
import { checkStart, checkWhole, type Schema, schemaAfter } from '../../core/leases/schema.ts';
import type { Chance, Clock } from '../../ports/clock.ts';
import { loadMigrations } from '../shared/statements.ts';
import { sqlState } from './faults.ts';

const migrations = loadMigrations(new URL('./migrations/', import.meta.url));
const known = migrations.length;

export interface Beginning {
  readonly chance: Chance;
  /** Without it the database’s own clock tells when the storage begins. */
  readonly clock?: Clock;
}

/** A number of our own, so that servers that start at once migrate one after another. */
const migrationLock = 7_241_630_915;
/** As long as tables are waited for, whoever comes after waits too. */
const lockMsMax = 300;
const pauseMs = 700;
const triesMax = 30;
const lockTimeout = '55P03';

/** Brings the schema up to date; one that asks more of a server than this one knows is refused. Gives what this one knows. */
export async function migrate(client: pg.ClientBase, beginning: Beginning): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      await migrateOnce(client, beginning);
      return known;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      if (sqlState(error) !== lockTimeout) throw error;
      if (tries === triesMax) throw new Fault('storage_unavailable', {}, error);
      const pause = pauseMs * (0.5 + beginning.chance.next());
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

async function migrateOnce(client: pg.ClientBase, beginning: Beginning): Promise<void> {
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1)', [migrationLock]);
  await client.query('create schema if not exists labkeep');
  await client.query(
    'create table if not exists labkeep.migrations (version bigint primary key, name text not null, at timestamptz not null default now())',
  );
  const found = await findSchema(client);
  checkStart(known, found);
  const missing = migrations.slice(found.version);
  if (missing.length > 0) {
    await lockTables(client);
    for (const { version, name, text } of missing) {
      await client.query(text);
      await client.query('insert into labkeep.migrations (version, name) values ($1, $2)', [version, name]);
      if (version === 1) await begin(client, beginning);
    }
    await setNeeded(client, schemaAfter(found, missing).needed);
  }
  await client.query('commit');
}

async function findSchema(client: pg.ClientBase): Promise<Schema> {
  const found = await client.query<{ version: number }>(
    'select coalesce(max(version), 0) as version from labkeep.migrations',
  );
  const version = Number(found.rows[0]?.version ?? 0);
  // The number is kept since schema 4.
  return { version, needed: version < 4 ? version : await neededBy(client) };
}

/** The oldest schema that a server has to know. */
export async function neededBy(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ needed: number }>(
    'select oldest_schema as needed from labkeep.server_state',
  );
  return Number(rows[0]?.needed ?? 0);
}

export async function setNeeded(client: pg.ClientBase, needed: number): Promise<void> {
  await client.query('update labkeep.server_state set oldest_schema = $1', [needed]);
}

/** Refuses to copy, or to fill, a storage that this version does not know as a whole. */
export async function checkKnown(client: pg.ClientBase): Promise<void> {
  checkWhole(known, (await findSchema(client)).version, 'storage');
}

/**
 * All tables or none, and soon: a migration that waited for one while it holds another could wait for ever for somebody
 * who reads both.
 */
async function lockTables(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select format('labkeep.%I', tablename) as name from pg_tables where schemaname = 'labkeep' order by tablename`,
  );
  await client.query(`set local lock_timeout = ${lockMsMax}`);
  await client.query(`lock table ${rows.map(({ name }) => name).join(', ')} in access exclusive mode`);
  await client.query('set local lock_timeout = 0');
}

/** Gives a schema without rows the one that it begins with. */
export async function begin(client: pg.ClientBase, { chance, clock }: Beginning): Promise<void> {
  const told = await client.query<{ now: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::bigint as now',
  );
  const now = clock?.now() ?? told.rows[0]?.now ?? 0;
  await client.query(
    `insert into labkeep.server_state (singleton, incarnation, event, events_from, epoch, epochs_from, job, clock, swept_at, signing_key)
     values (1, $1, 0, 0, $2, 0, 0, $3, $3, $4)`,
    [chance.token(6), firstEpoch(now, 0), now, chance.token(32)],
  );
}
