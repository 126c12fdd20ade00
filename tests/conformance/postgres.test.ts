import { openPostgres } from '../../src/storage/postgres/open.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { exercise } from './suite.ts';

const server = sharedPostgres();

exercise({
  name: 'postgres',
  casesAtOnce: 8,
  histories: 5,
  unavailable: postgresUnavailable(),
  open: async (options) => {
    const url = await server.freshDatabase('conformance');
    const open = () => openPostgres({ url, ...options });
    return { storage: await open(), reopen: open, remove: () => server.dropDatabase(url) };
  },
});
