import { openMemory } from '../../src/storage/memory/open.ts';
import { exercise } from './suite.ts';

exercise({
  name: 'memory',
  histories: 60,
  open: async (options) => ({ storage: openMemory(options) }),
});
