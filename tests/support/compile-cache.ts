import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The cache folder of the user who the tests pretend to be. */
export const userCache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'tests');

/**
 * Where Node keeps what it compiled, here as for bin/labkeep: a process that strips all sources of their types again
 * takes four times as long to start. It is one folder for all test files and all that they start.
 */
export const compileCache = join(userCache, 'labkeep');

mkdirSync(compileCache, { recursive: true });
