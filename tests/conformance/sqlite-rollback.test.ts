/** SQLite as it is kept on network file systems. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { exercise } from './suite.ts';

/** In memory where that can be: this is about what is kept, and each of its commits would wait for the disk thrice. */
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

exercise({
  name: 'sqlite',
  journal: 'rollback',
  casesAtOnce: 1,
  histories: 3,
  chain: 200,
  open: async (options) => {
    const folder = await mkdtemp(join(place, 'labkeep-conformance-'));
    const open = () => openSqlite({ file: join(folder, 'labkeep.db'), ...options, journal: 'rollback' });
    const remove = () => rm(folder, { recursive: true });
    return { storage: await open(), reopen: open, remove };
  },
});
