import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Offer } from '@labkeep/client';
import { until } from '../support/until.ts';
import { Bench, outputOf } from './support/bench.ts';

const sh = (script: string, more: Partial<Offer> = {}): Partial<Offer> => ({
  command: ['sh', '-c', script],
  ...more,
});

test('a command runs, its output and exit code arrive, and its traces go', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit(sh('echo out; echo err >&2'));
  await bench.started();
  const report = await bench.ended(job);
  assert.equal(report.outcome, 'succeeded');
  assert.equal(report.exitCode, 0);
  assert.equal(outputOf(job, ['stdout']).toString(), 'out\n');
  assert.equal(outputOf(job, ['stderr']).toString(), 'err\n');
  await until('an empty folder', () => readdirSync(bench.path('worker/attempts')).length === 0);
  await until('no scratch folder', () => readdirSync(bench.path('worker/scratch')).length === 0);
});

test('arguments reach the program as they are: there is no shell', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['printf', '%s|', 'a b', '$HOME', '*', '', 'ä'] });
  await bench.started();
  await bench.ended(job);
  assert.equal(outputOf(job).toString(), 'a b|$HOME|*||ä|');
});

test('standard input is the given text, else nothing; a program may open it, and its outputs, by name', async (t) => {
  const bench = await Bench.open(t);
  const given = bench.server.submit(
    sh('cat /dev/stdin > /dev/stdout; echo e > /dev/stderr', { stdin: 'keys\nµ' }),
  );
  const none = bench.server.submit(sh('cat; echo end'));
  await bench.started();
  await bench.ended(given);
  await bench.ended(none);
  assert.equal(outputOf(given, ['stdout']).toString(), 'keys\nµ');
  assert.equal(outputOf(given, ['stderr']).toString(), 'e\n');
  assert.equal(outputOf(none).toString(), 'end\n');
});

test('a command knows its job, and none of the worker’s secrets', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit(sh('env', { environment: { COLOUR: 'red', LABKEEP_JOB: 'another/1' } }));
  await bench.started({
    environment: {
      PATH: process.env.PATH,
      BENCH_FOLDER: bench.folder,
      LABKEEP_SECRET: 'x',
      LABKEEP_TOKEN: 'x',
    },
  });
  await bench.ended(job);
  const seen = outputOf(job).toString().split('\n');
  assert.ok(seen.includes('COLOUR=red'));
  const own = seen.filter(
    (line) => line.startsWith('LABKEEP_') && !line.startsWith('LABKEEP_ATTEMPT_FOLDER='),
  );
  assert.equal(seen.filter((line) => line.startsWith('LABKEEP_ATTEMPT_FOLDER=/')).length, 1);
  assert.deepEqual(own.sort(), [
    `LABKEEP_ATTEMPT=test.1-1@${job.epoch}`,
    'LABKEEP_JOB=test/1',
    'LABKEEP_TOKEN=token-of-test/1',
    `LABKEEP_URL=${bench.server.address.url}`,
  ]);
});

test('it runs in its own folder, else in the project’s, else in a scratch folder that keeps what is left there', async (t) => {
  const bench = await Bench.open(t);
  mkdirSync(bench.path('project/run'), { recursive: true });
  mkdirSync(bench.path('own'));
  const projectDirectory = bench.path('project');
  const own = bench.server.submit(sh('pwd', { projectDirectory, directory: bench.path('own') }));
  const below = bench.server.submit(sh('pwd', { projectDirectory, directory: 'run' }));
  const project = bench.server.submit(sh('pwd', { projectDirectory }));
  const scratch = bench.server.submit(sh('pwd; echo kept > result'));
  await bench.started();
  for (const job of [own, below, project, scratch]) await bench.ended(job);
  assert.equal(outputOf(own).toString(), `${bench.path('own')}\n`);
  assert.equal(outputOf(below).toString(), `${bench.path('project/run')}\n`);
  assert.equal(outputOf(project).toString(), `${bench.path('project')}\n`);
  const kept = bench.path(`worker/scratch/test-4-1.${scratch.epoch}`);
  assert.equal(outputOf(scratch).toString(), `${kept}\n`);
  assert.deepEqual(readdirSync(kept), ['result']);
});

test('an exit code other than 0, and a signal, are failures of their own kind', async (t) => {
  const bench = await Bench.open(t);
  const code = bench.server.submit(sh('exit 7'));
  const signal = bench.server.submit(sh('kill -9 $$'));
  await bench.started();
  assert.deepEqual(pick(await bench.ended(code)), {
    outcome: 'failed',
    reason: 'exit_code',
    exitCode: 7,
    error: 'ended with exit code 7',
  });
  assert.deepEqual(pick(await bench.ended(signal)), {
    outcome: 'failed',
    reason: 'signal',
    exitCode: undefined,
    error: 'ended by SIGKILL',
  });
});

test('what cannot be started says why', async (t) => {
  const bench = await Bench.open(t);
  const plain = bench.path('plain.txt');
  writeFileSync(plain, 'not a program');
  chmodSync(plain, 0o644);
  const orphan = bench.path('script');
  writeFileSync(orphan, '#!/no/such/interpreter\n', { mode: 0o755 });
  const cases = [
    [
      { command: ['no-such-program-anywhere'] },
      /cannot start "no-such-program-anywhere": no such program.*ENOENT/,
    ],
    [{ command: [plain] }, /not executable.*EACCES/],
    [{ command: [orphan] }, /interpreter in its first line does not exist/],
    [
      { command: ['true'], directory: bench.path('nowhere') },
      /working folder .*nowhere does not exist \(ENOENT\)/,
    ],
    [{ command: ['true'], directory: plain }, /is not a folder \(ENOTDIR\)/],
    [{ command: [''] }, /cannot start ""/],
    [{ command: ['true', 'x'.repeat(3_000_000)] }, /too long \(E2BIG\)/],
  ] as const;
  const jobs = cases.map(([asked]) => bench.server.submit(asked));
  await bench.started();
  for (const [index, job] of jobs.entries()) {
    const report = await bench.ended(job);
    assert.equal(report.outcome, 'failed');
    assert.equal(report.reason, 'not_started');
    assert.match(report.error ?? '', cases[index]?.[1] ?? /$^/);
  }
});

test('a cancelled command gets TERM, and KILL if it does not listen', async (t) => {
  const bench = await Bench.open(t);
  const polite = bench.server.submit(
    sh('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.01; done'),
  );
  const deaf = bench.server.submit(sh('trap "" TERM; echo up; while :; do sleep 0.01; done'));
  await bench.started({ limits: { killAfterMs: 300 } });
  for (const job of [polite, deaf]) {
    await until('the command to be up', () => [...job.output.values()].some((chunks) => chunks.size > 0));
    bench.server.cancel(job);
  }
  assert.equal((await bench.ended(polite)).outcome, 'cancelled');
  assert.equal((await bench.ended(deaf)).outcome, 'cancelled');
  assert.equal(outputOf(polite, ['stdout']).toString(), 'up\nbye\n');
});

test('a command that ended by itself is not called cancelled', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit(sh('exit 0'));
  bench.server.judge = (call) => {
    // The end is on its way when somebody cancels.
    if (call.verb === 'finish') job.cancelRequested = true;
    return 'answer';
  };
  await bench.started();
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
});

test('what a command leaves running is ended with it', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit(sh('sleep 1000 & (trap "" TERM; sleep 1000) & echo left'));
  await bench.started({ limits: { killAfterMs: 200 } });
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
  assert.equal(outputOf(job).toString(), 'left\n');
  assert.deepEqual(
    bench.processes().filter(({ command }) => command.includes('sleep')),
    [],
  );
});

test('what has left the group and holds the pipe does not hold up the report', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit(sh('setsid sleep 1000 & echo left'));
  bench.onClose(() => {
    for (const { pid, command } of bench.processes())
      if (command.includes('sleep')) process.kill(pid, 'SIGKILL');
  });
  await bench.started();
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
  assert.equal(outputOf(job).toString(), 'left\n');
});

test('a cancelled command takes with it also what has left its group', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit(sh('setsid sleep 1000 & echo up; wait'));
  await bench.started();
  await until('the command to be up', () => job.output.size > 0);
  bench.server.cancel(job);
  assert.equal((await bench.ended(job)).outcome, 'cancelled');
  await until('no sleep', () => !bench.processes().some(({ command }) => command.includes('sleep')));
});

test('an attempt that takes too long is ended', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit(sh('trap "" TERM; sleep 1000 & wait', { limits: { attemptMs: 200 } }));
  const short = bench.server.submit(sh('true', { limits: { attemptMs: 315_000_000_000 } }));
  await bench.started({ limits: { killAfterMs: 200 } });
  const report = await bench.ended(job);
  assert.equal(report.outcome, 'failed');
  assert.equal(report.reason, 'attempt_time_limit');
  assert.equal((await bench.ended(short)).outcome, 'succeeded');
});

test('declared outputs that exist are reported with size and digest', async (t) => {
  const bench = await Bench.open(t);
  const outputs = ['a.txt', 'missing', 'folder', 'pipe', 'big', 'a.txt'].map((path) => ({ path }));
  const job = bench.server.submit(
    sh('printf abc > a.txt; mkdir folder; mkfifo pipe; head -c 2000 /dev/zero > big; exit 3', {
      directory: bench.folder,
      outputs,
    }),
  );
  await bench.started({ limits: { hashBytesMax: 1_000 } });
  const report = await bench.ended(job);
  assert.deepEqual(report.outputs, [
    { path: 'a.txt', size: 3, sha256: createHash('sha256').update('abc').digest('hex') },
    { path: 'folder' },
    { path: 'pipe' },
    { path: 'big', size: 2_000 },
  ]);
});

test('no more runs at once than there are slots, and supervisors are used again', async (t) => {
  const bench = await Bench.open(t);
  const script = `echo start >> ${bench.path('log')}; sleep 0.05; echo end >> ${bench.path('log')}`;
  const jobs = Array.from({ length: 12 }, () => bench.server.submit(sh(script)));
  await bench.started({ capacity: 3 });
  for (const job of jobs) assert.equal((await bench.ended(job)).outcome, 'succeeded');
  let running = 0;
  let most = 0;
  for (const line of bench.lines('log')) {
    running += line === 'start' ? 1 : -1;
    most = Math.max(most, running);
  }
  assert.ok(most <= 3, `${most} ran at once`);
  assert.ok(bench.processes().filter(({ command }) => command.includes('supervisor')).length <= 3);
  for (const { body } of bench.server.calledWith('claim')) {
    const held = body.held as readonly { readonly state: string }[];
    const working = held.filter(({ state }) => state !== 'finished').length;
    assert.ok(working + Number(body.capacity) <= 3, 'it asked for more than it has slots');
  }
});

function pick({ outcome, reason, exitCode, error }: Awaited<ReturnType<Bench['ended']>>) {
  return { outcome, reason, exitCode, error };
}
