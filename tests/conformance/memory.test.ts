import { openMemory } from '../../src/storage/memory/open.ts';
import { exercise } from './suite.ts';

exercise({
  name: 'memory',
  casesAtOnce: 1,
  histories: 40,
  chain: 1_000,
  forgets: 'it is gone when it is closed',
  open: async (options) => ({ storage: openMemory(options) }),
});
