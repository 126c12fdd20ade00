import pg from 'pg';
import { type LockContestant, type LockUser, runLocksAsChild } from '../support/measure-locks.ts';
import { installedVersion } from './installed-version.ts';

const SHARED = 1;
const RIVAL = 2;
const OWN = 1_000;

/** Advisory locks of a session: each user has a connection of its own. */
async function advisoryLocks(connection: string): Promise<LockContestant> {
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: connection });
    await client.connect();
    return client;
  };
  const watcher = await connect();
  return {
    peer: 'pg',
    version: installedVersion('pg'),
    settings: 'advisory locks of PostgreSQL, those of a session; in memory, without a lease or an epoch',
    sharers: (many) =>
      Promise.all(
        Array.from({ length: many }, async (_, index) =>
          userOf(
            await connect(),
            `select pg_advisory_lock_shared(${SHARED}), pg_advisory_lock(${OWN + index})`,
            `select pg_advisory_unlock(${OWN + index}), pg_advisory_unlock_shared(${SHARED})`,
          ),
        ),
      ),
    rivals: (many) =>
      Promise.all(
        Array.from({ length: many }, async () =>
          userOf(
            await connect(),
            `select pg_advisory_lock(${RIVAL})`,
            `select pg_advisory_unlock(${RIVAL})`,
          ),
        ),
      ),
    async waiting() {
      const { rows } = await watcher.query<{ count: string }>(
        `select count(*) from pg_locks where locktype = 'advisory' and not granted`,
      );
      return Number(rows[0]?.count);
    },
  };
}

function userOf(client: pg.Client, lock: string, unlock: string): LockUser {
  return {
    async acquire() {
      await client.query(lock);
    },
    async release() {
      await client.query(unlock);
    },
  };
}

await runLocksAsChild(advisoryLocks);
