/** Loaded before each test file: a file that leaves a timer, a socket or a child running fails, and says so. */

import { getActiveResourcesInfo } from 'node:process';
import { after } from 'node:test';
import { isMainThread } from 'node:worker_threads';

const GRACE_MS = 15_000;

// Threads and child processes of a test file inherit its arguments, and with them this module.
if (isMainThread && process.argv[1]?.endsWith('.test.ts') === true) {
  after(() => {
    // The timer does not keep the process alive, so it fires only where something else does.
    setTimeout(() => {
      process.stderr.write(`left running after the last test: ${getActiveResourcesInfo().join(', ')}\n`);
      process.exit(1);
    }, GRACE_MS).unref();
  });
}
