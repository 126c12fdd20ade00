/** Ends of a server: asked for, insisted on, and by kill −9; and what the next start finds. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { type Attempt, type Job, LabkeepClient, LabkeepError } from '@labkeep/client';
import { Home, type Server } from '../cli/support/labkeep.ts';
import { freePort } from '../support/free-port.ts';

const home = new Home();
after(() => home.clean());

/** What is promised for a stop (s), with room for a machine that is busy with other tests. */
const stopSecondsMax = 5 + 10;

function clientOf(server: Server, data: string): LabkeepClient {
  const token = readFileSync(home.path(data, 'token'), 'utf8').trim();
  return new LabkeepClient({ url: server.url, token, retry: { forMs: 0 } });
}

/** A job whose command says that it runs, and goes on until it is told to end. */
async function startLongJob(
  client: LabkeepClient,
  name: string,
): Promise<{ readonly ref: string; readonly go: string }> {
  const [started, go] = [home.path(`${name}.started`), home.path(`${name}.go`)];
  const script = `echo begun; : > ${started}; until [ -e ${go} ]; do sleep 0.05; done; echo done`;
  await client.projects.create({ name });
  const { ref } = await client.jobs.submit(name, { command: ['sh', '-c', script] });
  while (!existsSync(started)) await new Promise((resolve) => setTimeout(resolve, 20));
  return { ref, go };
}

async function ended(client: LabkeepClient, ref: string): Promise<Job> {
  for (;;) {
    const job = await client.jobs.get(ref, { retryForMs: 30_000 });
    if (job.finishedAt !== null) return job;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function attemptsOf(client: LabkeepClient, ref: string): Promise<readonly Attempt[]> {
  return (await client.jobs.attempts(ref)).items;
}

/** Waits until so many event streams are open. */
async function streamsOf(server: Server, data: string, many: number): Promise<void> {
  const token = readFileSync(home.path(data, 'token'), 'utf8').trim();
  const headers = { authorization: `Bearer ${token}` };
  for (;;) {
    const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
    const open = Number(/^labkeep_waiting\{kind="stream"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    if (open >= many) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} stops in time, with long polls open and a command running`, async () => {
    const data = `stopped-${signal}`;
    const server = await home.up(['--data', home.path(data)]);
    const client = clientOf(server, data);
    const { ref } = await startLongJob(client, signal.toLowerCase());
    const registered = await client.workers.register({ name: 'idle', tasks: ['nothing'] });
    const claim = client.claims({ worker: registered.worker, capacity: 1, held: [], waitMs: 60_000 });
    const open = Promise.withResolvers<void>();
    const stopped = new AbortController();
    const stream = drain(client, stopped.signal, open.resolve);
    await open.promise;

    const begun = performance.now();
    assert.equal(await server.stop(signal), 0);
    assert.ok(performance.now() - begun < stopSecondsMax * 1_000);
    assert.deepEqual((await claim).offers, [], 'a claim that waits is answered, not cut');
    stopped.abort();
    await stream;
    assert.doesNotMatch(
      readFileSync(home.path(data, 'log'), 'utf8'),
      /"level":[45]0/,
      'it is nothing to warn of',
    );

    const again = await home.up(['--no-worker', '--data', home.path(data)]);
    const job = await clientOf(again, data).jobs.get(ref);
    assert.deepEqual([job.state, job.reason], ['failed', 'worker_stopped']);
    assert.equal(await clientOf(again, data).jobs.logText(ref), 'begun\n');
    assert.equal(await again.stop(), 0);
  });
}

async function drain(client: LabkeepClient, signal: AbortSignal, onOpen: () => void): Promise<void> {
  try {
    for await (const event of client.events.stream({ signal, onOpen })) assert.ok(event.cursor);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

test('a second signal ends the server at once', async () => {
  const server = await home.up(['--data', home.path('twice')]);
  server.signal('SIGINT');
  server.signal('SIGINT');
  const how = await server.ended();
  // The first may already have been enough.
  assert.ok(how === 130 || how === 0, String(how));
});

test('kill −9 of the server: what was acknowledged is there, and a command that ran is finished and counted once', async () => {
  mkdirSync(home.path('killed'));
  const listen = ['--listen', `127.0.0.1:${await freePort()}`];
  const server = await home.up(['--data', home.path('killed'), ...listen]);
  const client = clientOf(server, 'killed');
  const { ref, go } = await startLongJob(client, 'long');
  const kept = await client.jobs.submitMany(
    'long',
    Array.from({ length: 50 }, (_, index) => ({ title: `Job ${index}`, command: ['true'], hold: true })),
  );
  const waiting = home.call(['wait', ref, '--data', home.path('killed')]);
  await streamsOf(server, 'killed', 1);
  assert.equal(await server.stop('SIGKILL'), 'SIGKILL');
  await assert.rejects(
    client.health(),
    (error) => error instanceof LabkeepError && error.code === 'server_away',
  );

  // The command goes on without server and worker.
  writeFileSync(go, '');
  const again = await home.up(['--data', home.path('killed'), ...listen]);
  const after = clientOf(again, 'killed');
  const job = await ended(after, ref);
  assert.deepEqual([job.state, job.exitCode, job.attempts], ['succeeded', 0, 1]);
  assert.equal(await after.jobs.logText(ref), 'begun\ndone\n');
  assert.deepEqual(
    (await attemptsOf(after, ref)).map(({ attempt, outcome }) => [attempt, outcome]),
    [[1, 'succeeded']],
  );
  const waited = await waiting;
  assert.deepEqual([waited.code, waited.stderr], [0, ''], 'who waits does so beyond the end of the server');
  const held = await after.jobs.list('long', { state: 'waiting', limit: 1_000 });
  assert.deepEqual(
    held.items.map(({ ref: it }) => it),
    kept.map(({ ref: it }) => it),
  );
  assert.equal(await again.stop(), 0);
});

test('the worker is started again when it dies', async () => {
  const server = await home.up(['--data', home.path('worker')]);
  const client = clientOf(server, 'worker');
  await client.projects.create({ name: 'work' });
  const { ref } = await client.jobs.submit('work', { command: ['sh', '-c', 'echo $PPID'] });
  await ended(client, ref);
  const [worker] = (await client.workers.list()).items;
  const holder = readFileSync(home.path('worker', 'workers', worker?.name ?? '', 'holder'), 'utf8');
  process.kill(Number(/process (\d+)/.exec(holder)?.[1]), 'SIGKILL');
  const next = await client.jobs.submit('work', { command: ['true'] });
  assert.equal((await ended(client, next.ref)).state, 'succeeded');
  assert.equal(await server.stop(), 0);
});
