/** What a worker finds out beside a result: which program it was, in which version, and numbers in its log. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Offer } from '@labkeep/client';
import { askVersion } from '../../src/worker/programs/ask-version.ts';
import { until } from '../support/until.ts';
import { Bench } from './support/bench.ts';
import { killWorker, spawnWorker } from './support/spawned-worker.ts';

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** A program that tells a version, and counts how often it was asked. */
function refine(bench: Bench, version = '5.8'): string {
  mkdirSync(bench.path('bin'), { recursive: true });
  const file = bench.path('bin/refine');
  const script = `#!/bin/sh
if [ "$1" = -i ]; then echo asked >> ${bench.path('asked')}; echo; echo "Refine version ${version} of 2026"; exit; fi
printf 'R free = 0.41\\nR free = 0.29\\n'
printf 'cycles\\r12 of 20' >&2
`;
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  return file;
}

const asks: NonNullable<Offer['asks']> = {
  version: { command: ['refine', '-i'], pattern: 'version (\\S+)' },
  numbers: { Rfree: 'R free = (.*)', cycles: '^(\\d+) of', none: 'no such line' },
};

async function withProgram(t: TestContext): Promise<{ readonly bench: Bench; readonly file: string }> {
  const bench = await Bench.open(t);
  const file = refine(bench);
  const environment = { PATH: `${bench.path('bin')}:${process.env.PATH}`, BENCH_FOLDER: bench.folder };
  await bench.started({ environment });
  return { bench, file };
}

test('the report tells program, digest, version and numbers; the version is asked for once', async (t) => {
  const { bench, file } = await withProgram(t);
  const jobs = [1, 2, 3].map(() => bench.server.submit({ command: ['refine'], asks }));
  for (const job of jobs) {
    const { outcome, executable, version, numbers } = await bench.ended(job);
    assert.deepEqual(
      { outcome, executable, version, numbers },
      {
        outcome: 'succeeded',
        executable: { path: realpathSync(file), sha256: sha256(file) },
        version: '5.8',
        numbers: { Rfree: 0.29, cycles: 12 },
      },
    );
  }
  assert.deepEqual(bench.lines('asked'), ['asked']);
});

test('a program that was exchanged has another digest, and is asked again', async (t) => {
  const { bench, file } = await withProgram(t);
  const before = await bench.ended(bench.server.submit({ command: ['refine'], asks }));
  refine(bench, '5.9');
  utimesSync(file, 1, 1);
  const after = await bench.ended(bench.server.submit({ command: ['refine'], asks }));
  assert.deepEqual([before.version, after.version], ['5.8', '5.9']);
  assert.notEqual(before.executable?.sha256, after.executable?.sha256);
});

test('a job without a task has its program, and no version; what cannot be started has neither', async (t) => {
  const { bench, file } = await withProgram(t);
  const plain = await bench.ended(bench.server.submit({ command: [file] }));
  assert.deepEqual(
    [plain.executable?.path, plain.version, plain.numbers],
    [realpathSync(file), null, undefined],
  );
  const missing = await bench.ended(bench.server.submit({ command: ['no-such-program'], asks }));
  assert.deepEqual([missing.reason, missing.executable, missing.version], ['not_started', null, null]);
  assert.deepEqual(bench.lines('asked'), []);
});

test('a pattern that never ends costs the numbers, and not the report', async (t) => {
  const { bench } = await withProgram(t);
  const numbers = { Rfree: 'R free = (.*)', evil: '(a+)+$' };
  const command = ['sh', '-c', `echo R free = 0.3; echo ${'a'.repeat(60)}b`];
  const report = await bench.ended(bench.server.submit({ command, asks: { numbers } }));
  assert.deepEqual([report.outcome, report.numbers], ['succeeded', undefined]);
  assert.match(bench.notes.join('\n'), /to look for numbers in the log takes too long/);
});

test('a worker that was killed while its command ran knows the program from before, and picks the numbers', async (t) => {
  const bench = await Bench.open(t);
  const file = refine(bench);
  const wait = 'echo started > started; while ! test -e go; do sleep 0.02; done; refine; echo done';
  const environment = { PATH: `${bench.path('bin')}:${process.env.PATH}` };
  const command = ['sh', '-c', wait];
  const job = bench.server.submit({ command, asks, environment, directory: bench.folder });
  const first = await spawnWorker(bench);
  const known = (): boolean =>
    readdirSync(bench.path('worker/attempts'), { recursive: true }).some((name) =>
      /\/program$/.test(String(name)),
    );
  await until(
    'the command to run, and its program to be known',
    () => bench.lines('started').length > 0 && known(),
  );
  await killWorker(first);
  rmSync(file);
  writeFileSync(bench.path('bin/refine'), '#!/bin/sh\necho R free = 0.2\n', { mode: 0o755 });
  await spawnWorker(bench);
  writeFileSync(bench.path('go'), '');
  const { outcome, executable, version, numbers } = await bench.ended(job);
  assert.deepEqual([outcome, version, numbers], ['succeeded', 'refine 5.8', { Rfree: 0.2 }]);
  assert.match(executable?.sha256 ?? '', /^[0-9a-f]{64}$/);
});

test('numbers are picked from what a handler logs, too', async (t) => {
  const bench = await Bench.open(t);
  const worker = bench.worker();
  worker.handle('build', (_, { log }) => {
    log('entries 12');
    return {};
  });
  await worker.start();
  const job = bench.server.submit({
    task: 'build',
    command: null,
    asks: { numbers: { entries: 'entries (.*)' } },
  });
  const { outcome, numbers, executable } = await bench.ended(job);
  assert.deepEqual([outcome, numbers, executable], ['succeeded', { entries: 12 }, undefined]);
});

test('a program that does not answer is not waited for, and nothing of it stays', async (t) => {
  const bench = await Bench.open(t);
  const words = ['sh', '-c', `sleep 1000 & echo ${bench.folder} > /dev/null; sleep 1000`];
  const environment = { PATH: process.env.PATH, BENCH_FOLDER: bench.folder };
  const told = await askVersion({ words, pattern: null, folder: '/', environment, withinMs: 200 });
  assert.equal(told, null);
  await until('the end of what was asked', () => bench.processes().length === 0);
  const absent = { words: [bench.path('nothing')], pattern: null, folder: '/', environment };
  assert.equal(await askVersion(absent), null);
});
