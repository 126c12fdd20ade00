/** The server away, its answers lost, its refusals: the work is done once all the same. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { backoffMs } from '../../src/worker/backoff.ts';
import { failureOf } from '../../src/worker/connection.ts';
import { until } from '../support/until.ts';
import { Bench, outputOf } from './support/bench.ts';
import type { Fate, Verb } from './support/fake-server.ts';

const recorded = {
  command: ['sh', '-c', 'echo "$LABKEEP_JOB" >> "$BENCH_FOLDER/ledger"; echo said; exit 3'],
};

const verbs: readonly Verb[] = ['register', 'claim', 'confirm', 'renew', 'output', 'finish'];
const fates: readonly Fate[] = [
  'lose_request',
  'lose_answer',
  { refuse: 503, code: 'storage_unavailable' },
  { refuse: 429, code: 'too_many_requests' },
  { refuse: 500, code: 'internal' },
  { refuse: 401, code: 'token_expired' },
];

for (const fate of fates)
  test(`each call meets ${typeof fate === 'string' ? fate : fate.code} once: one run, one report`, async (t) => {
    const bench = await Bench.open(t, { leaseMs: 6_000 });
    const met = new Set<Verb>();
    bench.server.judge = ({ verb }) => {
      if (met.has(verb)) return 'answer';
      met.add(verb);
      return fate;
    };
    const jobs = [bench.server.submit(recorded), bench.server.submit(recorded)];
    await bench.started();
    for (const job of jobs) {
      const report = await bench.ended(job);
      assert.equal(report.exitCode, 3);
      assert.equal(outputOf(job).toString(), 'said\n');
      assert.deepEqual(job.late, []);
    }
    await until('every call', () => verbs.every((verb) => met.has(verb) || verb === 'output'));
    assert.deepEqual([...bench.lines('ledger')].sort(), ['test/1', 'test/2']);
  });

test('what ends while the server is away is reported when it is back, and is not run again', async (t) => {
  const bench = await Bench.open(t);
  let away = false;
  bench.server.judge = () => (away ? 'lose_request' : 'answer');
  const job = bench.server.submit({
    command: [
      'sh',
      '-c',
      'echo "$LABKEEP_JOB" >> "$BENCH_FOLDER/ledger"; while [ ! -e "$BENCH_FOLDER/go" ]; do sleep 0.01; done; echo late',
    ],
  });
  const worker = await bench.started();
  await until('the start', () => bench.lines('ledger').length === 1);
  away = true;
  writeFileSync(bench.path('go'), '');
  await until('a report that is not heard', () => bench.server.calledWith('output').length > 0);
  // Stopped and started again in between: the journal keeps the report.
  await worker.stop();
  await worker.start();
  away = false;
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
  assert.equal(outputOf(job).toString(), 'late\n');
  assert.equal(bench.lines('ledger').length, 1);
});

test('no server at all: start and stop are prompt, and the worker begins when one comes', async (t) => {
  const bench = await Bench.open(t);
  let away = true;
  bench.server.judge = () => (away ? 'lose_request' : 'answer');
  const worker = await bench.started();
  await until('several tries', () => bench.server.calledWith('register').length >= 3);
  await worker.stop();
  await worker.start();
  const job = bench.server.submit(recorded);
  away = false;
  await bench.ended(job);
});

test('a worker that the server has forgotten registers again, and keeps what it runs', async (t) => {
  const bench = await Bench.open(t, { leaseMs: 6_000 });
  const job = bench.server.submit({
    command: ['sh', '-c', 'echo up; while [ ! -e "$BENCH_FOLDER/go" ]; do sleep 0.01; done'],
  });
  await bench.started();
  await until('the command', () => job.output.size > 0);
  bench.server.forgetWorker();
  await until('another registration', () => bench.server.registrations >= 2);
  writeFileSync(bench.path('go'), '');
  assert.equal((await bench.ended(job)).outcome, 'succeeded');
});

test('what the server wants abandoned is ended', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['sh', '-c', 'echo up; sleep 1000'] });
  await bench.started();
  await until('the command', () => job.output.size > 0);
  job.state = 'ended';
  bench.server.submit({ command: ['true'] });
  await until('the end of sleep', () => !bench.processes().some(({ command }) => command.includes('sleep')));
  await until('the late report', () => job.late.length === 1);
  assert.equal(job.late[0]?.reason, 'lease_lost');
});

test('a refused confirmation starts nothing', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['sh', '-c', 'echo ran >> "$BENCH_FOLDER/ledger"'] });
  const other = bench.server.submit({ command: ['true'] });
  bench.server.judge = ({ verb }) => {
    if (verb === 'confirm') job.state = 'ended';
    return 'answer';
  };
  await bench.started();
  await bench.ended(other);
  await until('an empty hand', () => bench.server.calledWith('claim').at(-1)?.body.capacity === 2);
  assert.deepEqual(bench.lines('ledger'), []);
});

test('a report that the server will not have in full is sent bare, and one that it will not have at all is given up', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['sh', '-c', 'exit 3'] });
  const other = bench.server.submit({ command: ['sh', '-c', 'exit 4'] });
  bench.server.judge = ({ verb, body }) => {
    const text = JSON.stringify(body);
    const isTooMuch = text.includes('error') || text.includes('"exitCode":4');
    return verb === 'finish' && isTooMuch ? { refuse: 400, code: 'invalid_field' } : 'answer';
  };
  await bench.started({ capacity: 1 });
  const report = await bench.ended(job);
  assert.equal(report.error, undefined);
  assert.equal(report.exitCode, 3);
  await until('the other to be given up', () => bench.notes.some((note) => note.includes('given up')));
  assert.equal(other.report, null);
});

test('what was found out of a program must not cost the report of its end', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['true'] });
  bench.server.judge = ({ verb, body }) =>
    verb === 'finish' && JSON.stringify(body).includes('executable')
      ? { refuse: 400, code: 'invalid_field' }
      : 'answer';
  await bench.started();
  const report = await bench.ended(job);
  assert.equal(report.outcome, 'succeeded');
  assert.equal(report.executable, undefined);
});

test('a claim that comes back at once with nothing new does not become a storm', async (t) => {
  const bench = await Bench.open(t);
  const job = bench.server.submit({ command: ['sh', '-c', 'trap "" TERM; echo up; sleep 1000'] });
  await bench.started({ capacity: 1, limits: { killAfterMs: 2_000 } });
  await until('the command', () => job.output.size > 0);
  const before = bench.server.calledWith('claim').length;
  bench.server.cancel(job);
  await bench.ended(job);
  // Every claim of those two seconds was answered at once: the cancellation was still under way.
  const claims = bench.server.calledWith('claim').length - before;
  assert.ok(claims < 40, `${claims} claims`);
});

test('the pause after failures grows from 100 ms to 10 s, with jitter', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 8, 1_000].map((failures) => backoffMs(failures, 0)),
    [100, 200, 400, 5_000, 5_000, 5_000],
  );
  assert.deepEqual(
    [1, 2, 3, 7, 1_000].map((failures) => backoffMs(failures, 0.999_999)),
    [200, 400, 800, 10_000, 10_000],
  );
});

test('a failed call is judged by code and status', () => {
  const judged: readonly (readonly [unknown, ReturnType<typeof failureOf>])[] = [
    [new TypeError('fetch failed'), { kind: 'away', code: 'server_away', retryAfterMs: 0 }],
    [
      { code: 'server_away', status: null },
      { kind: 'away', code: 'server_away', retryAfterMs: 0 },
    ],
    [
      { code: 'stopping', status: 503 },
      { kind: 'away', code: 'stopping', retryAfterMs: 0 },
    ],
    [
      { code: 'too_many_requests', status: 429, retryAfterMs: 2_000 },
      { kind: 'away', code: 'too_many_requests', retryAfterMs: 2_000 },
    ],
    [
      { code: 'invalid_field', status: 400 },
      { kind: 'refused', code: 'invalid_field', retryAfterMs: 0 },
    ],
  ];
  for (const [error, failure] of judged) assert.deepEqual(failureOf(error), failure);
});
