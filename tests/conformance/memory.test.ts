import { openMemory } from '../../src/storage/memory/open.ts';
import { exercise } from './suite.ts';

exercise({
  name: 'memory',
  casesAtOnce: 1,
  histories: 60,
  open: async (options) => ({ storage: openMemory(options) }),
});
