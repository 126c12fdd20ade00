/** A primary and a standby that follows it, on one machine. */
import { ask } from './ask-postgres.ts';
import { type PostgresServer, startPostgres } from './postgres.ts';

const standbyName = 'standby';

export class PostgresPair {
  readonly primary: PostgresServer;
  readonly standby: PostgresServer;

  private constructor(primary: PostgresServer, standby: PostgresServer) {
    this.primary = primary;
    this.standby = standby;
  }

  /** Without fsync unless it is asked for: what is tried is a crash of the server, not of the machine. */
  static async start({
    synchronous,
    fsync = false,
  }: {
    readonly synchronous: boolean;
    readonly fsync?: boolean;
  }): Promise<PostgresPair> {
    const primary = await startPostgres({ collation: 'libc', fsync });
    const pair = new PostgresPair(primary, await primary.addStandby(standbyName));
    await pair.untilFollowing();
    if (synchronous) await pair.wait(true);
    return pair;
  }

  /** Names both, the primary first. */
  url(database = 'postgres'): string {
    const { host, port } = this.standby;
    return this.primary.url(database).replace(/(:\d+)(\/[^/]*)$/, `$1,${host}:${port}$2`);
  }

  /** Whether commits wait for the standby from now on. */
  async wait(synchronous: boolean): Promise<void> {
    const name = synchronous ? standbyName : '';
    await query(this.primary, `alter system set synchronous_standby_names = '${name}'`);
    await query(this.primary, 'select pg_reload_conf()');
    for (;;) {
      const [row] = await query(this.primary, 'show synchronous_standby_names');
      if (row?.synchronous_standby_names === name) return;
    }
  }

  async untilFollowing(): Promise<void> {
    for (;;) {
      const rows = await query(this.primary, `select from pg_stat_replication where state = 'streaming'`);
      if (rows.length > 0) return;
    }
  }

  /** What the primary has written by now is at the standby. */
  async untilCaughtUp(): Promise<void> {
    const [written] = await query(this.primary, 'select pg_current_wal_lsn()::text as lsn');
    for (;;) {
      const [row] = await query(
        this.standby,
        `select pg_last_wal_replay_lsn() >= '${String(written?.lsn)}'::pg_lsn as there`,
      );
      if (row?.there === true) return;
    }
  }

  /** From now on the standby gets nothing more. */
  async cut(): Promise<void> {
    await query(this.standby, `alter system set primary_conninfo = ''`);
    await query(this.standby, 'select pg_reload_conf()');
    while ((await query(this.primary, 'select from pg_stat_replication')).length > 0);
  }

  /** The standby becomes a primary. */
  async promote(): Promise<void> {
    await query(this.standby, 'select pg_promote(true, 60)');
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary.stop(), this.standby.stop()]);
  }
}

/** One statement, on a connection of its own. */
export function query(
  server: PostgresServer,
  text: string,
  database?: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return ask(server.url(database), text);
}
