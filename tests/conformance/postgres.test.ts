import pg from 'pg';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { exercise } from './suite.ts';

const server = sharedPostgres();
/** Databases that are empty again: making one costs more than most cases. */
const emptied: string[] = [];

exercise({
  name: 'postgres',
  casesAtOnce: 8,
  histories: 5,
  unavailable: postgresUnavailable(),
  open: async (options) => {
    const url = emptied.pop() ?? (await server.freshDatabase('conformance'));
    const open = () => openPostgres({ url, ...options });
    const remove = async () => {
      await dropSchema(url);
      emptied.push(url);
    };
    return { storage: await open(), reopen: open, remove };
  },
});

async function dropSchema(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('drop schema labkeep cascade');
  await client.end();
}
