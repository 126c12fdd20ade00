import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { exercise } from './suite.ts';

exercise({
  name: 'sqlite',
  journal: 'wal',
  casesAtOnce: 1,
  histories: 40,
  chain: 1_000,
  open: async (options) => {
    const folder = await mkdtemp(join(tmpdir(), 'labkeep-conformance-'));
    const open = () => openSqlite({ file: join(folder, 'labkeep.db'), ...options });
    const remove = () => rm(folder, { recursive: true });
    return { storage: await open(), reopen: open, remove };
  },
});
