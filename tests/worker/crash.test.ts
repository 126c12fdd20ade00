/** Kill −9 at every step. Each command writes what it does to a ledger that nobody else writes. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Offer } from '@labkeep/client';
import { until } from '../support/until.ts';
import { Bench, outputOf } from './support/bench.ts';
import type { Fate, Verb } from './support/fake-server.ts';
import { killWorker, spawnWorker } from './support/spawned-worker.ts';

/** Notes its start and its end, each on disk before it goes on; between them it may wait for a file. */
function recorded(waitFor: string | null = null, more: Partial<Offer> = {}): Partial<Offer> {
  const note = (what: string): string =>
    `echo "${what} $LABKEEP_JOB" >> "$BENCH_FOLDER/ledger"; sync "$BENCH_FOLDER/ledger"`;
  const wait = waitFor === null ? 'true' : `while [ ! -e "$BENCH_FOLDER/${waitFor}" ]; do sleep 0.01; done`;
  return {
    command: ['sh', '-c', `${note('start')}; echo before; ${wait}; echo after; ${note('end')}`],
    ...more,
  };
}

/** Lets the worker get as far as this call, and kills it there: the call is heard or not, its answer never read. */
async function killedAt(bench: Bench, verb: Verb, heard: boolean): Promise<void> {
  const reached = Promise.withResolvers<void>();
  const dead = Promise.withResolvers<void>();
  bench.server.judge = async (call) => {
    if (call.verb !== verb) return 'answer';
    reached.resolve();
    await dead.promise;
    return heard ? 'lose_answer' : 'lose_request';
  };
  const child = await spawnWorker(bench);
  await reached.promise;
  await killWorker(child);
  bench.server.judge = () => 'answer';
  dead.resolve();
}

const steps = [
  { name: 'offered', verb: 'confirm', heard: false },
  { name: 'confirmed, before the start', verb: 'confirm', heard: true },
  { name: 'its output unsent', verb: 'output', heard: false },
  { name: 'its output sent', verb: 'output', heard: true },
  { name: 'finished, before the report', verb: 'finish', heard: false },
  { name: 'reported, before the answer', verb: 'finish', heard: true },
] as const;

for (const { name, verb, heard } of steps)
  test(`killed when a job was ${name}: it runs exactly once, and is reported`, async (t) => {
    const bench = await Bench.open(t);
    const job = bench.server.submit(recorded());
    await killedAt(bench, verb, heard);
    await spawnWorker(bench);
    const report = await bench.ended(job);
    assert.equal(report.outcome, 'succeeded');
    assert.deepEqual(bench.lines('ledger'), ['start test/1', 'end test/1']);
    assert.equal(outputOf(job).toString(), 'before\nafter\n');
  });

test('killed while a command runs: the restarted worker adopts it, sends the rest of its output, and reports', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit(recorded('go'));
  const first = await spawnWorker(bench);
  await until('the first output', () => job.output.size > 0);
  await killWorker(first);
  await spawnWorker(bench);
  const claim = await until('a claim of the second', () =>
    bench.server.calledWith('claim').findLast(({ body }) => JSON.stringify(body.held).includes('running')),
  );
  assert.deepEqual(claim.body.held, [{ attempt: 'test.1-1', epoch: job.epoch, state: 'running' }]);
  writeFileSync(bench.path('go'), '');
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
  assert.equal(outputOf(job).toString(), 'before\nafter\n');
  assert.deepEqual(bench.lines('ledger'), ['start test/1', 'end test/1']);
});

test('an adopted command takes its slot, and can be cancelled', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit(recorded('never'));
  const first = await spawnWorker(bench);
  await until('the first output', () => job.output.size > 0);
  await killWorker(first);
  const waiting = bench.server.submit(recorded());
  const claims = bench.server.calledWith('claim').length;
  await spawnWorker(bench);
  await until('a claim', () => bench.server.calledWith('claim').length > claims);
  assert.equal(bench.server.calledWith('claim')[claims]?.body.capacity, 0);
  bench.server.cancel(job);
  assert.equal((await bench.ended(job)).outcome, 'cancelled');
  assert.equal((await bench.ended(waiting)).outcome, 'succeeded');
});

test('a command that ends while no worker is there is reported by the next', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit(recorded('go', { outputs: [{ path: `${bench.folder}/ledger` }] }));
  const first = await spawnWorker(bench);
  await until('the first output', () => job.output.size > 0);
  await killWorker(first);
  writeFileSync(bench.path('go'), '');
  await until('the end of the supervisor', () => bench.processes().length === 0);
  await spawnWorker(bench);
  const report = await bench.ended(job);
  assert.equal(report.outcome, 'succeeded');
  assert.equal(report.outputs?.length, 1);
  assert.equal(outputOf(job).toString(), 'before\nafter\n');
});

test('killed at any moment, over and over: every job runs to its end, and never two attempts of it under one epoch', async (t) => {
  const bench = await Bench.open(t);
  const script =
    'echo "$LABKEEP_ATTEMPT" >> "$BENCH_FOLDER/ledger"; sync "$BENCH_FOLDER/ledger"; sleep 0.02; echo "$LABKEEP_JOB" >> "$BENCH_FOLDER/done"';
  const jobs = Array.from({ length: 15 }, () => bench.server.submit({ command: ['sh', '-c', script] }));
  for (let round = 0; jobs.some(({ state }) => state !== 'ended'); round++) {
    const before = bench.server.calls.length;
    const child = await spawnWorker(bench, { capacity: 3 });
    // Each life ends with another of its calls.
    const last = before + 1 + ((round * 5) % 13);
    await until(
      'the call to be killed at',
      () => bench.server.calls.length >= last || jobs.every(({ state }) => state === 'ended'),
    );
    await killWorker(child);
  }
  for (const job of jobs) assert.equal(job.report?.outcome, 'succeeded', `${job.ref}: ${job.reason}`);
  const starts = bench.lines('ledger');
  assert.equal(new Set(starts).size, starts.length, 'an attempt was started twice');
  assert.equal(starts.length, jobs.length);
  assert.equal(bench.lines('done').length, jobs.length);
});

test('a killed supervisor: its command is ended, with all that it started, and the job has failed', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({
    command: ['sh', '-c', 'sleep 1000 & setsid sleep 1000 & echo up; wait'],
  });
  await bench.started();
  await until('the command', () => job.output.size > 0);
  killProcesses(bench, 'supervisor/main');
  const report = await bench.ended(job);
  assert.equal(report.outcome, 'failed');
  assert.match(report.error ?? '', /process that watched over the command was killed/);
  assert.ok(!bench.processes().some(({ command }) => command.includes('sleep')));
});

test('a supervisor killed before it starts its command: the job goes back uncounted, and is run once', async (t) => {
  const bench = await Bench.open(t);
  let kills = 1;
  bench.server.judge = async ({ verb }): Promise<Fate> => {
    if (verb !== 'confirm' || kills-- <= 0) return 'answer';
    await killSupervisors(bench);
    return 'answer';
  };
  const job = bench.server.submit(recorded());
  await bench.started({ capacity: 1 });
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
  assert.deepEqual(bench.lines('ledger'), ['start test/1', 'end test/1']);
  assert.equal(job.attemptNumber, 1, 'what was returned is not counted');
  const outcomes = bench.server.calledWith('finish').flatMap(({ body }) => outcomesIn(body));
  assert.deepEqual(outcomes, ['returned', 'succeeded']);
});

test('no supervisor that lives: the job does not go round for ever, and says why', async (t) => {
  const bench = await Bench.open(t);
  bench.server.judge = async ({ verb }): Promise<Fate> => {
    if (verb === 'confirm') await killSupervisors(bench);
    return 'answer';
  };
  const job = bench.server.submit(recorded());
  await bench.started({ capacity: 1 });
  const report = await bench.ended(job);
  assert.deepEqual([report.outcome, report.reason], ['failed', 'not_started']);
  assert.match(report.error ?? '', /ended, again and again, before they started them/);
  assert.deepEqual(bench.lines('ledger'), []);
});

test('worker and supervisor killed: the restarted worker finds the command, ends it, and reports', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['sh', '-c', 'trap "" HUP PIPE; echo up; sleep 1000'] });
  const first = await spawnWorker(bench);
  await until('the command', () => job.output.size > 0);
  await killWorker(first);
  killProcesses(bench, 'supervisor/main');
  assert.ok(bench.processes().some(({ command }) => command.includes('sleep')));
  await spawnWorker(bench);
  assert.equal((await bench.ended(job)).outcome, 'failed');
  assert.ok(!bench.processes().some(({ command }) => command.includes('sleep')));
});

test('a killed command is a failure by signal', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['sh', '-c', 'echo up; exec sleep 1000'] });
  await bench.started();
  await until('the command', () => job.output.size > 0);
  await until('sleep', () => bench.processes().some(({ command }) => command.startsWith('sleep')));
  killProcesses(bench, 'sleep 1000');
  assert.deepEqual((await bench.ended(job)).reason, 'signal');
});

test('a handler that ran when the worker was killed is reported failed; its log is kept', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ task: 'waiting' });
  const again = bench.server.submit({ task: 'waiting', onLost: 'retry' });
  const first = await spawnWorker(bench, { capacity: 2 });
  await until('the handlers', () => bench.lines('handlers').length === 2 && job.output.size > 0);
  const { epoch } = again;
  await killWorker(first);
  await spawnWorker(bench, { capacity: 2 });
  assert.equal((await bench.ended(job)).reason, 'worker_stopped');
  assert.equal(outputOf(job).toString(), 'up\n');
  await until('the other to be handed out again', () => again.state === 'running' && again.epoch > epoch);
  assert.equal(again.attemptNumber, 1, 'what was returned is not counted');
});

/** Kills the one that an offer has called for, which may not be there yet, and waits until it is gone. */
async function killSupervisors(bench: Bench): Promise<void> {
  const supervisors = () => bench.processes().filter(({ command }) => command.includes('supervisor/main'));
  await until('a supervisor', () => supervisors().length > 0);
  killProcesses(bench, 'supervisor/main');
  await until('its end', () => supervisors().length === 0);
}

function outcomesIn(body: Readonly<Record<string, unknown>>): readonly unknown[] {
  const { attempts } = body;
  assert.ok(Array.isArray(attempts));
  return attempts.map(({ outcome }: { readonly outcome: unknown }) => outcome);
}

function killProcesses(bench: Bench, part: string): void {
  for (const { pid, command } of bench.processes()) if (command.includes(part)) process.kill(pid, 'SIGKILL');
}
