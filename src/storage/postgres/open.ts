import type pg from 'pg';
import { Fault } from '../../core/faults.ts';
import { type Durations, defaultDurations } from '../../core/leases/durations.ts';
import type { Chance, Clock } from '../../ports/clock.ts';
import type { Storage } from '../../ports/storage.ts';
import { Timelines } from '../shared/failover.ts';
import { firstEpoch } from '../shared/incarnation.ts';
import { Known } from '../shared/known.ts';
import { sqlStorage } from '../shared/sql-storage.ts';
import { loadMigrations } from '../shared/statements.ts';
import { acquireMsMax, connect, openPool, writers } from './connection.ts';
import { PostgresEngine } from './engine.ts';
import { ConnectionLost, openingFaultOf } from './faults.ts';
import { Notices } from './notices.ts';
import { Permits } from './permits.ts';
import { Primary } from './primary.ts';

export interface PostgresOptions {
  readonly url: string;
  readonly chance: Chance;
  /** For tests; without it the database’s own clock decides. */
  readonly clock?: Clock;
  readonly durations?: Partial<Durations>;
  /** Connections of this server at most. */
  readonly connections?: number;
  /** The address is that of a pooler that hands out a connection for each transaction. */
  readonly pooled?: boolean;
  /** Of the database itself, behind a pooler, for hints between servers; without it there are none. */
  readonly hintsUrl?: string;
  readonly onError?: (error: unknown) => void;
  /** The database went on at another node; with all there was, or as a new incarnation. */
  readonly onFailover?: (what: 'goes_on' | 'begins_anew') => void;
}

const connectionsUsual = 10;

const migrations = loadMigrations(new URL('./migrations/', import.meta.url));

/** Opens, or makes, a storage in the schema `labkeep` of a PostgreSQL database; several servers may share it. */
export async function openPostgres(options: PostgresOptions): Promise<Storage> {
  const onError = options.onError ?? (() => undefined);
  const prepare = options.pooled !== true;
  const primary = new Primary(options.url);
  const max = options.connections ?? connectionsUsual;
  const pool = openPool(primary, max, onError);
  try {
    if (primary.isOneOfSeveral) await primary.find();
    const schema = await migrate(await connect(pool, primary), options);
    const { hintsUrl } = options;
    const direct = hintsUrl === undefined ? (prepare ? primary : null) : new Primary(hintsUrl);
    const notices = new Notices(direct, options.chance.token(8), onError);
    await notices.open();
    const clock = options.clock;
    const around = {
      durations: { ...defaultDurations, ...options.durations },
      chance: options.chance,
      known: new Known(writers),
      schema,
      clock: clock === undefined ? null : () => clock.now(),
      isLost: (error: unknown) => error instanceof ConnectionLost,
    };
    // One is left for the writes.
    const reads = new Permits(Math.max(1, max - 1), acquireMsMax);
    const timelines = new Timelines(options.onFailover ?? (() => undefined));
    return sqlStorage(
      new PostgresEngine({ pool, primary, reads, timelines, prepare, schema, around, notices }),
    );
  } catch (error) {
    await pool.end();
    throw openingFaultOf(error);
  }
}

/** A number of our own, so that servers that start at once migrate one after another. */
const migrationLock = 7_241_630_915;

/** Brings the schema up to date in one transaction; a newer schema is refused. */
async function migrate(client: pg.PoolClient, options: PostgresOptions): Promise<number> {
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [migrationLock]);
    await client.query('create schema if not exists labkeep');
    await client.query(
      'create table if not exists labkeep.migrations (version bigint primary key, name text not null, at timestamptz not null default now())',
    );
    const answer = await client.query<{ found: number }>(
      'select coalesce(max(version), 0) as found from labkeep.migrations',
    );
    const found = answer.rows[0]?.found ?? 0;
    if (found > migrations.length)
      throw new Fault('schema_newer', {
        field: 'storage',
        found,
        expected: `a schema up to ${migrations.length}`,
      });
    for (const { version, name, text } of migrations.slice(found)) {
      await client.query(text);
      await client.query('insert into labkeep.migrations (version, name) values ($1, $2)', [version, name]);
      if (version === 1) await begin(client, options);
    }
    await client.query('commit');
    return migrations.length;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** Gives a schema without rows the one that it begins with. */
export async function begin(
  client: pg.ClientBase,
  { chance, clock }: Pick<PostgresOptions, 'chance' | 'clock'>,
): Promise<void> {
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
