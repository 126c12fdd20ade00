/**
 * `npm test [-- PART_OF_A_PATH…]`: runs the test files, one process each, several at a time; without a part of a path
 * the quick ones, and with `--wide` (`npm run test-wide`) those others that kill and stop machines for minutes.
 *
 * It drives node:test itself and not `node --test`, because that sorts the files, counts a file without a test as
 * a passed one, and waits for ever for a file that leaves something running.
 */

import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { compileCache } from './support/compile-cache.ts';

const TEST_FILES = ['tests/**/*.test.ts', 'client/tests/**/*.test.ts'];

/** Parts of paths, slowest last: a short test that fails should not wait behind a long one. */
const SLOW = [
  'tests/launcher',
  'tests/run.test',
  'tests/locks',
  'tests/conformance',
  'tests/e2e',
  'tests/simulation',
  'tests/worker/crash',
];

/** Parts of paths: what takes long for all that it can show on a machine of its own. */
const WIDE = [
  'tests/conformance/sqlite-rollback',
  'tests/crash-loop/short',
  'tests/http/crowd',
  'tests/locks/closing',
  'tests/locks/history',
  'tests/mishaps',
  'tests/protocol/lock-combinations',
  'tests/protocol/managing-messages',
  'tests/protocol/programs',
  'tests/recorder/two-machines',
  'tests/run.test',
  'tests/scenarios',
  'tests/servers',
  'tests/storage/failover',
  'tests/storage/held-horizon',
  'tests/support/postgres.test',
];

/** One more than there are cores, because many tests wait; and few enough for the memory of a large machine. */
const FILES_AT_ONCE = Math.min(availableParallelism() + 1, 8);
const TEST_TIMEOUT_MS = 120_000;
/** Every test ends or times out, so a longer silence is a file that hangs outside its tests: it is aborted. */
const SILENCE_MS_MAX = 5 * TEST_TIMEOUT_MS;

const wanted = process.argv.slice(2);
const files = TEST_FILES.flatMap((glob) => globSync(glob))
  .filter(isWanted)
  .sort((a, b) => slowness(a) - slowness(b) || (a < b ? -1 : 1))
  .map((file) => resolve(file));

if (files.length === 0) {
  process.stderr.write(
    `No test file ${wanted.length === 0 ? 'was found' : `matches ${wanted.join(' or ')}`}.\n`,
  );
  process.exit(1);
}

const faults: string[] = [];
let testsPassed = 0;

const stop = new AbortController();
const silence = setTimeout(() => {
  faults.push(`a file hung: nothing happened for ${SILENCE_MS_MAX / 1000} s`);
  stop.abort();
}, SILENCE_MS_MAX);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    faults.push(`stopped by ${signal}`);
    stop.abort();
  });
}

process.env.NODE_COMPILE_CACHE = compileCache;
const events = run({
  files,
  concurrency: FILES_AT_ONCE,
  timeout: TEST_TIMEOUT_MS,
  execArgv: ['--conditions=labkeep-source', `--import=${import.meta.resolve('./support/left-running.ts')}`],
  signal: stop.signal,
});
events.on('data', () => silence.refresh());
events.on('test:pass', ({ name, file, details, skip }) => {
  // A file is reported as a test of its own name when it has none.
  if (name === file) faults.push(`${relative('.', name)} contains no test`);
  else if (details.type !== 'suite' && skip === undefined) testsPassed += 1;
});
events.on('test:summary', ({ success }) => {
  if (!success) process.exitCode = 1;
});

await pipeline(events.compose(spec), process.stdout, { end: false });
clearTimeout(silence);

if (testsPassed === 0) faults.push('no test passed');
for (const fault of faults) process.stderr.write(`npm test: ${fault}\n`);
if (faults.length > 0) process.exitCode = 1;

function isWanted(file: string): boolean {
  const isWide = WIDE.some((part) => file.startsWith(part));
  if (wanted.length === 0) return !isWide;
  return wanted.some((part) => (part === '--wide' ? isWide : file.includes(part)));
}

function slowness(file: string): number {
  return SLOW.findIndex((part) => file.startsWith(part));
}
