/** Others who use the same PostgreSQL, and are in the way. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { PostgresServer } from '../support/postgres.ts';
import { database, isRefusal, keeper, type Stage, urlOf } from './stage.ts';

const stranger = 'stranger';

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: stranger });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Opens a transaction that wrote, and read, and is then forgotten; answers with how it comes back. */
export async function holdHorizon(stage: Stage): Promise<() => Promise<void>> {
  const client = await connected(stage.postgres.url(database));
  await client.query('begin isolation level repeatable read');
  await client.query('select pg_current_xact_id(), count(*) from labkeep.projects');
  return () => client.end();
}

const scans = [
  'select state, count(*) from labkeep.live group by state',
  'select count(*), max(revision) from labkeep.jobs',
  "select count(*) from labkeep.jobs j join labkeep.documents d on d.job_id = j.id where d.body like '%count%'",
  'select type, count(*) from labkeep.events group by type',
];

/** Scans the busiest tables, over and over, in transactions that are open for half of the time each. */
export async function scan(stage: Stage, readers: number, ms: number): Promise<void> {
  const endsAt = performance.now() + ms;
  const reading = Array.from({ length: readers }, async (_, index) => {
    const client = await connected(stage.postgres.url(database));
    await delay((index * ms) / (2 * readers));
    while (performance.now() < endsAt) {
      await client.query('begin isolation level repeatable read read only');
      const until = Math.min(performance.now() + ms / 2, endsAt);
      while (performance.now() < until) for (const text of scans) await client.query(text);
      await client.query('commit');
    }
    await client.end();
  });
  await Promise.all(reading);
}

/** Ends connections of the servers, one after another. */
export async function endConnections(stage: Stage, everyMs: number, ms: number): Promise<void> {
  const endsAt = performance.now() + ms;
  let ended = 0;
  while (performance.now() < endsAt) {
    ended += (await stage.ask(`${endAllOfServers} order by random() limit 1`)).length;
    await delay(everyMs);
  }
  if (ended === 0) throw new Error('no connection was ended');
}

/** Takes every connection there is, those of the servers too, and keeps them; answers with how they are given back. */
export async function takeAllConnections(stage: Stage, ms: number): Promise<() => Promise<void>> {
  await stage.ask(`create role ${stranger} login password '${stranger}'`);
  const taken: pg.Client[] = [];
  for (;;) {
    const client = await oneMore(stage.postgres);
    if (client !== null) taken.push(client);
    else if ((await stage.ask(endAllOfServers)).length === 0) break;
  }
  await delay(ms);
  return async () => {
    await Promise.all(taken.map((client) => client.end()));
    await stage.ask(`drop role ${stranger}`);
  };
}

const endAllOfServers = `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${keeper}'`;

async function oneMore(postgres: PostgresServer): Promise<pg.Client | null> {
  try {
    return await connected(urlOf(postgres, stranger));
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}
