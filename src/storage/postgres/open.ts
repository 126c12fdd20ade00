import { type Durations, defaultDurations } from '../../core/leases/durations.ts';
import type { Chance, Clock } from '../../ports/clock.ts';
import type { Storage } from '../../ports/storage.ts';
import type { Troubles } from '../../ports/troubles.ts';
import { Timelines } from '../shared/failover.ts';
import { Known } from '../shared/known.ts';
import { sqlStorage } from '../shared/sql-storage.ts';
import { acquireMsMax, connect, openPool, writers } from './connection.ts';
import { PostgresEngine } from './engine.ts';
import { ConnectionLost, openingFaultOf } from './faults.ts';
import { migrate } from './migrate.ts';
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
  /** Told of what concerns connections and no act. */
  readonly troubles?: Troubles;
  /** The database went on at another node; with all there was, or as a new incarnation. */
  readonly onFailover?: (what: 'goes_on' | 'begins_anew') => void;
}

const connectionsUsual = 10;

/** Opens, or makes, a storage in the schema `labkeep` of a PostgreSQL database; several servers may share it. */
export async function openPostgres(options: PostgresOptions): Promise<Storage> {
  const { troubles } = options;
  const prepare = options.pooled !== true;
  const primary = new Primary(options.url);
  const max = options.connections ?? connectionsUsual;
  const pool = openPool(primary, max, troubles);
  try {
    if (primary.isOneOfSeveral) await primary.find();
    const client = await connect(pool, primary);
    const schema = await migrate(client, options).finally(() => client.release());
    const { hintsUrl } = options;
    const direct = hintsUrl === undefined ? (prepare ? primary : null) : new Primary(hintsUrl);
    const notices = new Notices(direct, {
      self: options.chance.token(8),
      troubles,
      apart: direct !== primary,
    });
    await notices.open();
    primary.watch();
    if (direct !== primary) direct?.watch();
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
