import assert from 'node:assert/strict';
import pg from 'pg';
import { begin, openPostgres } from '../../src/storage/postgres/open.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import type { OpenOptions } from './harness.ts';
import { exercise } from './suite.ts';

const server = sharedPostgres();
/** Databases that a case has used: to empty one is much cheaper than to make it, or its schema, again. */
const used: string[] = [];

exercise({
  name: 'postgres',
  casesAtOnce: 8,
  histories: 5,
  unavailable: postgresUnavailable(),
  open: async (options) => {
    const emptied = used.pop();
    const url = emptied ?? (await server.freshDatabase('conformance'));
    if (emptied !== undefined) await empty(url, options);
    const open = () => openPostgres({ url, ...options });
    const storage = await open();
    if (emptied === undefined)
      assert.equal(await written(url), 'labkeep.server_state', 'as empty() leaves it');
    return { storage, reopen: open, remove: async () => void used.push(url) };
  },
});

/** Makes a schema that was used as the migrations leave it, with the one row that it begins with. */
async function empty(url: string, options: OpenOptions): Promise<void> {
  const tables = await written(url);
  await connected(url, async (client) => {
    await client.query(`truncate ${tables} restart identity cascade`);
    await begin(client, options);
  });
}

/** The tables that have rows, or had some; to empty the others too would take as long as the rest of most cases. */
function written(url: string): Promise<string> {
  return connected(url, async (client) => {
    const { rows } = await client.query<{ tables: string }>(
      `select string_agg(oid::regclass::text, ', ') as tables from pg_class
       where relnamespace = 'labkeep'::regnamespace and relkind = 'r' and relname <> 'migrations'
         and pg_relation_size(oid) > 0`,
    );
    return rows[0]?.tables ?? '';
  });
}

async function connected<T>(url: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}
