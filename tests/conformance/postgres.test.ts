import assert from 'node:assert/strict';
import { after } from 'node:test';
import pg from 'pg';
import { begin } from '../../src/storage/postgres/migrate.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import type { OpenOptions } from './harness.ts';
import { exercise } from './suite.ts';

/** A database that one case after another uses, and the connection over which it is emptied in between. */
interface Used {
  readonly url: string;
  readonly client: pg.Client;
}
/** To empty a database is much cheaper than to make it, or its schema, again. */
const free: Used[] = [];
const clients: pg.Client[] = [];
after(async () => {
  for (const client of clients) await client.end();
});
const server = sharedPostgres();

exercise({
  name: 'postgres',
  casesAtOnce: 8,
  histories: 5,
  chain: 200,
  unavailable: postgresUnavailable(),
  open: async (options) => {
    const emptied = free.pop();
    if (emptied !== undefined) await empty(emptied.client, options);
    const used = emptied ?? (await make());
    const open = () => openPostgres({ url: used.url, ...options });
    const storage = await open();
    if (emptied === undefined)
      assert.deepEqual(
        (await written(used.client)).map(({ name }) => name),
        ['labkeep.server_state'],
        'as empty() leaves it',
      );
    return { storage, reopen: open, remove: async () => void free.push(used) };
  },
});

async function make(): Promise<Used> {
  const url = await server.freshDatabase('conformance');
  const client = new pg.Client({ connectionString: url });
  clients.push(client);
  await client.connect();
  return { url, client };
}

/** So many bytes are deleted sooner than a table, its indexes and their files are made anew. */
const deletedBytesMax = 128 * 1024;

/** Makes a schema that was used as the migrations leave it, with the one row that it begins with. */
async function empty(client: pg.Client, options: OpenOptions): Promise<void> {
  const tables = await written(client);
  const large = tables.filter(({ bytes }) => bytes > deletedBytesMax).map(({ name }) => name);
  await client.query(
    [
      // Rows go in any order: what refers to what is not looked at.
      'begin',
      "set local session_replication_role = 'replica'",
      ...(large.length === 0 ? [] : [`truncate ${large.join(', ')} cascade`]),
      ...tables.map(({ name }) => `delete from ${name}`),
      `select setval(oid, 1, false) from pg_class where relnamespace = 'labkeep'::regnamespace and relkind = 'S'`,
      'commit',
    ].join(';'),
  );
  await begin(client, options);
}

interface Table {
  readonly name: string;
  readonly bytes: number;
}

/** The tables that have rows, or had some; to empty the others too would take as long as the rest of most cases. */
async function written(client: pg.Client): Promise<readonly Table[]> {
  const { rows } = await client.query<Table>(
    `select oid::regclass::text as name, pg_relation_size(oid)::int as bytes from pg_class
     where relnamespace = 'labkeep'::regnamespace and relkind = 'r' and relname <> 'migrations'
       and pg_relation_size(oid) > 0`,
  );
  return rows;
}
