/** Two real servers on one PostgreSQL, one real worker that knows both: each is drained, killed or stopped for a while. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { LabkeepClient, LabkeepError, type Server as Listed } from '@labkeep/client';
import { Home, program, type Server } from '../cli/support/labkeep.ts';
import { freePort } from '../support/free-port.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const skip = postgresUnavailable() ?? false;
const postgres = sharedPostgres();
const home = new Home();
after(() => home.clean());

/** Long enough for a machine with more to do than it can. */
const leaseMs = 6_000;
const env = { LABKEEP_TEST_DURATIONS: JSON.stringify({ leaseMs, sweepMs: 200 }) };
const project = 'toxd';

class Pair {
  readonly storage: string;
  readonly addresses: readonly string[];
  readonly token: string;

  private constructor(storage: string, addresses: readonly string[], token: string) {
    this.storage = storage;
    this.addresses = addresses;
    this.token = token;
  }

  static async start(): Promise<{ readonly pair: Pair; readonly one: Server; readonly two: Server }> {
    const storage = await postgres.freshDatabase('several');
    const addresses = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    const one = await launch(storage, 'one', addresses[0] ?? '');
    const token = readFileSync(home.path('one', 'token'), 'utf8').trim();
    const pair = new Pair(storage, addresses, token);
    const two = await launch(storage, 'two', addresses[1] ?? '');
    return { pair, one, two };
  }

  /** Of one server alone. */
  at(which: 0 | 1): LabkeepClient {
    const url = `http://${this.addresses[which]}`;
    return new LabkeepClient({ url, token: this.token, retry: { forMs: 0 }, timeoutMs: 20_000 });
  }

  get urls(): string {
    return this.addresses.map((address) => `http://${address}`).join(',');
  }

  /** That knows both. */
  get both(): LabkeepClient {
    return new LabkeepClient({ url: this.urls, token: this.token, timeoutMs: 2_000 });
  }
}

function launch(storage: string, data: string, listen: string): Promise<Server> {
  const drain = ['--drain', '60', '--no-worker'];
  return home.up(['--data', home.path(data), '--listen', listen, '--storage', storage, ...drain], { env });
}

function startWorker(pair: Pair): ChildProcess {
  const args = ['worker', '--server', pair.addresses.map((it) => `http://${it}`)[0] ?? ''];
  args.push('--server', `http://${pair.addresses[1]}`, '--folder', home.path('worker'), '--slots', '2');
  const token = { LABKEEP_TOKEN: pair.token };
  return spawn(program, args, { cwd: home.folder, env: home.env({ ...env, ...token }), stdio: 'ignore' });
}

function statesOf(servers: readonly Listed[]): readonly string[] {
  return servers.map(({ state }) => state).sort();
}

async function succeeds(client: LabkeepClient): Promise<void> {
  const { ref } = await client.jobs.submit(project, { command: ['true'] });
  const job = await until(`${ref} has ended`, async () => {
    const found = await client.jobs.get(ref);
    return found.finishedAt !== null && found;
  });
  assert.equal(job.state, 'succeeded');
  assert.equal((await client.jobs.attempts(ref)).items.length, 1);
}

test('two equal servers: one is drained, killed, or stopped beyond its lease, and the work goes on at the other', {
  skip,
  timeout: 240_000,
}, async () => {
  const { pair, one, two } = await Pair.start();
  const { both } = pair;
  await both.projects.create({ name: project });
  const { items } = await both.servers.list();
  assert.deepEqual(statesOf(items), ['up', 'up']);
  assert.deepEqual(items.map(({ pid }) => pid).sort(), [one.pid, two.pid].sort());
  const worker = startWorker(pair);
  await succeeds(both);

  // Drained: it says so to whoever asks, and the worker finds the other.
  one.signal('SIGTERM');
  await until('it drains', async () =>
    statesOf((await pair.at(1).servers.list()).items).includes('draining'),
  );
  await assert.rejects(
    pair.at(0).health(),
    (error) => error instanceof LabkeepError && error.code === 'stopping',
  );
  assert.equal((await pair.at(0).me()).grants.length, 1, 'what needs no wait is answered');
  await succeeds(pair.at(1));
  one.signal('SIGKILL');
  await one.ended();
  const listed = await home.run(['servers', '--server', pair.urls], { env: { LABKEEP_TOKEN: pair.token } });
  assert.deepEqual([listed.code, listed.stdout.split('\n').length], [0, 4], listed.stderr);

  // Killed, and not there again: its lease ends, nothing else.
  await until('its lease is over', async () => statesOf((await both.servers.list()).items).includes('lost'));
  const again = await launch(pair.storage, 'one', pair.addresses[0] ?? '');
  assert.deepEqual(statesOf((await both.servers.list()).items), ['up', 'up'], 'it takes its old place');

  // Stopped for longer than its lease, then continued: others go on, and it finds out by itself.
  two.signal('SIGSTOP');
  const before = await pair.at(0).jobs.submit(project, { command: ['true'] });
  await until('its lease is over', async () =>
    statesOf((await pair.at(0).servers.list()).items).includes('lost'),
  );
  await until('the other did it', async () => (await pair.at(0).jobs.get(before.ref)).state === 'succeeded');
  two.signal('SIGCONT');
  await until(
    'it is heard of again',
    async () => !statesOf((await pair.at(0).servers.list()).items).includes('lost'),
  );
  assert.equal((await pair.at(1).jobs.get(before.ref)).state, 'succeeded');
  assert.equal((await pair.at(1).jobs.attempts(before.ref)).items.length, 1);
  await succeeds(pair.at(1));

  worker.kill();
  await once(worker, 'exit');
  again.signal('SIGKILL');
  assert.equal(await two.stop('SIGINT'), 0);
});

test('two servers on one machine, each with its own worker: two workers, and neither takes the jobs of the other for lost', {
  skip,
  timeout: 240_000,
}, async () => {
  const storage = await postgres.freshDatabase('own_workers');
  const args = (name: string): readonly string[] => [
    ...['--data', home.path(name), '--storage', storage, '--slots', '1'],
  ];
  const servers = [await home.up(args('three')), await home.up(args('four'))];
  const token = readFileSync(home.path('three', 'token'), 'utf8').trim();
  const client = new LabkeepClient({ url: servers[0]?.url ?? '', token });
  await until('both have registered', async () => (await client.workers.list()).items.length === 2);
  await client.projects.create({ name: project });
  const file = home.path('go-on');
  const command = ['sh', '-c', `until [ -e ${file} ]; do sleep 0.1; done`];
  const jobs = await client.jobs.submitMany(project, [{ command }, { command }]);
  const states = (): Promise<readonly string[]> =>
    Promise.all(jobs.map(async ({ ref }) => (await client.jobs.get(ref)).state));
  await until('both run', async () => (await states()).every((state) => state === 'running'));
  writeFileSync(file, '');
  await until('both have ended', async () => (await states()).every((state) => state === 'succeeded'));
  for (const server of servers) assert.equal(await server.stop('SIGINT'), 0);
});
