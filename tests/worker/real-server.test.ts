/** The worker against Labkeep’s own server, over HTTP: what the two are for together. */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Durations } from '../../src/core/leases/durations.ts';
import { startSweeping } from '../../src/daemon/sweeping.ts';
import { nodeTimers } from '../../src/daemon/timers.ts';
import { withVariable } from '../../src/worker/supervisor/processes.ts';
import { ServerLab, type StorageKind } from '../http/server-lab.ts';
import { until } from '../support/until.ts';
import { Bench } from './support/bench.ts';
import { killWorker, spawnWorker } from './support/spawned-worker.ts';

interface Lab {
  readonly server: ServerLab;
  readonly bench: Bench;
  readonly address: { readonly url: string; readonly token: string };
}

async function open(t: TestContext, storage: StorageKind, durations: Partial<Durations> = {}): Promise<Lab> {
  const server = await ServerLab.open(t, { storage, durations });
  await server.http.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.http.server.address() as AddressInfo;
  t.after(startSweeping({ storage: server.storage, periodMs: 100, timers: nodeTimers }));
  const bench = await Bench.open(t);
  await server.call('POST', '/v1/projects', { body: { name: 'toxd', directory: bench.folder } });
  return { server, bench, address: { url: `http://127.0.0.1:${port}`, token: await server.token('admin') } };
}

async function submit({ server }: Lab, job: object): Promise<string> {
  const { status, body, text } = await server.call('POST', '/v1/projects/toxd/jobs', { body: job });
  assert.equal(status, 201, text);
  return body.number;
}

async function read({ server }: Lab, path: string) {
  return (await server.call('GET', `/v1/projects/toxd/jobs/${path}`)).body;
}

async function inState(lab: Lab, number: string, ...states: readonly string[]) {
  let job = await read(lab, number);
  await until(`job ${number} to be ${states.join(' or ')}`, () => {
    void read(lab, number).then((now) => {
      job = now;
    });
    return states.includes(job.state);
  });
  return job;
}

for (const storage of ['memory', 'sqlite'] as const) {
  test(`${storage}: commands and handlers run; log, files, exit code and progress are on record`, async (t) => {
    const lab = await open(t, storage);
    const worker = lab.bench.worker({ server: lab.address });
    const seen = Promise.withResolvers<void>();
    worker.handle('count', async (_, { progress, log }) => {
      progress(0.5, 'half');
      log('counted');
      await seen.promise;
      return undefined;
    });
    await worker.start();
    const command = await submit(lab, {
      command: ['sh', '-c', 'echo hello; echo x > made.txt; exit 3'],
      outputs: ['made.txt', 'not-made.txt'],
    });
    const handler = await submit(lab, { task: 'count' });
    const failed = await inState(lab, command, 'failed');
    assert.equal(failed.exitCode, 3);
    assert.equal(failed.reason, 'exit_code');
    assert.equal(
      (await lab.server.call('GET', `/v1/projects/toxd/jobs/${command}/log?format=text`)).text,
      'hello\n',
    );
    const made = failed.files.find(
      (file: { sha256?: string }) => file.sha256 !== undefined && file.sha256 !== null,
    );
    assert.equal(made?.path, 'made.txt');
    let progress: unknown;
    await until('the progress', () => {
      void read(lab, handler).then((job) => {
        progress = job.progress?.fraction;
      });
      return progress === 0.5;
    });
    seen.resolve();
    await inState(lab, handler, 'succeeded');
  });

  test(`${storage}: a cancellation is prompt, with free slots and without`, async (t) => {
    const lab = await open(t, storage);
    await lab.bench.started({ server: lab.address, capacity: 2 });
    for (const many of [1, 2]) {
      const jobs = await Promise.all(
        Array.from({ length: many }, () => submit(lab, { command: ['sleep', '1000'] })),
      );
      for (const number of jobs) await inState(lab, number, 'running');
      for (const number of jobs) await lab.server.call('POST', `/v1/projects/toxd/jobs/${number}/cancel`);
      for (const number of jobs) await inState(lab, number, 'cancelled');
    }
  });

  test(`${storage}: killed over and over, every job runs once and ends`, async (t) => {
    const lab = await open(t, storage);
    const script =
      'echo "$LABKEEP_ATTEMPT" >> "$BENCH_FOLDER/ledger"; sync "$BENCH_FOLDER/ledger"; sleep 0.05; echo said';
    const numbers = await Promise.all(
      Array.from({ length: 8 }, () => submit(lab, { command: ['sh', '-c', script] })),
    );
    const unfinished = new Set(numbers);
    for (let round = 0; unfinished.size > 0; round++) {
      const child = await spawnWorker(lab.bench, { capacity: 2, server: lab.address });
      const wanted = ['offered', 'running', 'succeeded'][round % 3];
      // Each life ends when it has brought some job to another point.
      for (let reached = false; !reached && unfinished.size > 0; await pause(5))
        for (const number of unfinished) {
          const { state, reason } = await read(lab, number);
          assert.notEqual(state, 'failed', `${number} failed: ${reason}`);
          reached ||= state === wanted;
          if (state === 'succeeded') unfinished.delete(number);
        }
      await killWorker(child);
    }
    const starts = lab.bench.lines('ledger');
    assert.equal(new Set(starts).size, starts.length);
    assert.equal(starts.length, numbers.length);
    for (const number of numbers)
      assert.equal(
        (await lab.server.call('GET', `/v1/projects/toxd/jobs/${number}/log?format=text`)).text,
        'said\n',
      );
  });

  test(`${storage}: a worker stopped in its tracks: the retry begins when nothing of the first attempt runs`, async (t) => {
    const lab = await open(t, storage, { leaseMs: 6_000 });
    const { bench } = lab;
    // Short claims, because a claim that waits counts as a sign of life at the server.
    const limits = { killAfterMs: 200, claimWaitMs: 500 };
    const child = await spawnWorker(bench, { server: lab.address, limits });
    const script =
      'echo "start $LABKEEP_ATTEMPT" >> "$BENCH_FOLDER/ledger"; trap "" TERM; while :; do sleep 0.01; done';
    const number = await submit(lab, {
      command: ['sh', '-c', script],
      onLost: 'retry',
      retry: { max: 3, delayMs: 1 },
    });
    await until('the start', () => bench.lines('ledger').length === 1);
    child.kill('SIGSTOP');
    const second = await bench.started({
      server: lab.address,
      name: 'second',
      folder: bench.path('second'),
      limits,
    });
    await until('the retry', () => bench.lines('ledger').length === 2);
    const [first = ''] = bench.lines('ledger');
    assert.deepEqual(withVariable('LABKEEP_ATTEMPT', first.replace('start ', '')), []);
    await lab.server.call('POST', `/v1/projects/toxd/jobs/${number}/cancel`);
    await inState(lab, number, 'cancelled');
    await second.stop();
  });
}

test('a handler declares its task: it is run by its parameters, under its locks', async (t) => {
  const lab = await open(t, 'sqlite');
  const { server } = lab;
  for (const name of ['embl', 'nr', 'bank'])
    await server.ok('POST', '/v1/databases', { body: { name, kind: 'bank' } });
  const worker = lab.bench.worker({ server: lab.address });
  const seen = Promise.withResolvers<unknown>();
  worker.handle(
    'build',
    async ({ parameters }) => {
      seen.resolve(parameters);
      return undefined;
    },
    {
      title: 'Build a bank',
      parameters: {
        properties: { sources: { type: 'array', items: { type: 'string' } }, target: { type: 'string' } },
        required: ['sources', 'target'],
      },
      locks: ({ sources, target }) => [
        ...sources.map((source: string) => `${source}:shared`),
        `${target}/index:exclusive`,
      ],
    },
  );
  await worker.start();
  let declared = false;
  await until('the task to be declared', () => {
    void server.storage.findTask({ name: 'build' }).then((it) => {
      declared = it !== null;
    });
    return declared;
  });
  const parameters = { sources: ['embl', 'nr'], target: 'bank' };
  const job = await server.ok('POST', '/v1/tasks/build/run', { body: { parameters, project: 'toxd' } });
  assert.deepEqual(job.locks, [
    { path: 'bank/index', mode: 'exclusive' },
    { path: 'embl', mode: 'shared' },
    { path: 'nr', mode: 'shared' },
  ]);
  assert.deepEqual(await seen.promise, parameters);
  await inState(lab, job.number, 'succeeded');
  await worker.stop();
});
