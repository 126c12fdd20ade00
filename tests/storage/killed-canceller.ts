/** A server that is killed after the first slice of a large cancellation: `sqlite FILE` or `postgres URL`. */
import { specifyJob } from '../../src/core/jobs/specify.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { ada, chance, clock, furnish } from './support.ts';

const [kind, where = '', children = ''] = process.argv.slice(2);
const storage =
  kind === 'sqlite'
    ? await openSqlite({ file: where, clock, chance })
    : await openPostgres({ url: where, chance });
await furnish(storage);
const parent = specifyJob({ command: null }, 'ada');
await storage.insertJobs({ by: ada, project: 'toxd', jobs: [parent] });
const child = specifyJob({ command: ['true'], parent: '1' }, 'ada');
const jobs = Array<typeof child>(Number(children)).fill(child);
await storage.insertJobs({ by: ada, project: 'toxd', jobs });
storage.onHint(({ event }) => {
  if (event) process.kill(process.pid, 'SIGKILL');
});
await storage.moveJobs({ by: ada, places: [{ project: 'toxd', number: '1' }], act: 'cancel' });
