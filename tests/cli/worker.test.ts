/** Workers started by hand: whose jobs they run, what they are called, and how they end. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { CreatedToken, Job, WorkerList } from '@labkeep/client';
import { Home, program, type Server } from './support/labkeep.ts';

const home = new Home();
const started = new Set<ChildProcess>();
let server: Server;
before(async () => {
  server = await home.up(['--no-worker']);
  await home.call(['project', 'create', 'toxd']);
});
after(async () => {
  for (const child of started) child.kill('SIGKILL');
  assert.equal(await server.stop(), 0);
  await home.clean();
});

interface StartedWorker {
  /** What it said when it was ready. */
  readonly said: string;
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

async function startWorker(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<StartedWorker> {
  const child = spawn(program, ['worker', ...args], {
    cwd: home.folder,
    env: home.env(env),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  started.add(child);
  let said = '';
  for await (const text of child.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += String(text);
    if (said.includes('Ctrl-C')) break;
  }
  child.stderr.resume();
  return {
    said,
    stop: async (signal) => {
      const gone = once(child, 'exit');
      child.kill(signal);
      const [code] = (await gone) as [number | null];
      return code;
    },
  };
}

async function tokenOf(name: string, role: string): Promise<Record<string, string>> {
  const made = await home.call(['token', 'create', '--name', name, '--role', role, '--json']);
  const { token } = JSON.parse(made.stdout) as CreatedToken;
  return { LABKEEP_SERVER: server.url, LABKEEP_TOKEN: token };
}

async function submit(env: Record<string, string>, ...words: readonly string[]): Promise<string> {
  const { stdout, stderr } = await home.call(['submit', '-p', 'toxd', '--dir', home.folder, '--', ...words], {
    env,
  });
  assert.equal(stderr, '');
  return stdout.trim();
}

async function stateOf(ref: string): Promise<string> {
  return (JSON.parse((await home.call(['show', '--json', ref])).stdout) as Job).state;
}

test('a worker says what it does, runs the jobs of its own principal, and stops when asked to', async () => {
  const ref = await submit({}, 'true');
  const worker = await startWorker(['--name', 'bench', '--slots', '2']);
  assert.equal(
    worker.said,
    `labkeep: worker bench asks ${server.url} for work: 2 slots, jobs of your own\nCtrl-C stops.\n`,
  );
  assert.equal((await home.call(['wait', ref])).code, 0);
  const { items } = await workers();
  assert.deepEqual(
    items.map(({ name, capacity, tasks }) => [name, capacity, tasks]),
    [['bench', 2, ['command', 'files.publish', 'postgres.run']]],
  );
  const twin = await home.run(['worker', '--name', 'bench']);
  assert.deepEqual([twin.code, twin.stdout], [5, '']);
  assert.match(
    twin.stderr,
    /^labkeep: The folder .*bench is held by another worker.*\n {2}Give this worker another --name\.\n$/,
  );
  assert.equal(await worker.stop('SIGTERM'), 0);
});

test('jobs of others are run only by a worker that accepts them', async () => {
  const ada = await tokenOf('ada', 'contributor');
  const ref = await submit(ada, 'true');
  const own = await startWorker(['--name', 'own']);
  assert.equal((await home.call(['wait', await submit({}, 'true')])).code, 0);
  assert.equal(await stateOf(ref), 'ready');
  assert.equal(await own.stop('SIGINT'), 0);

  const broad = await startWorker(['--name', 'broad', '--accept', 'ada', 'bob']);
  assert.match(broad.said, /jobs of your own, ada, bob\n/);
  assert.equal((await home.call(['wait', ref])).code, 0);
  assert.equal(await broad.stop('SIGTERM'), 0);
});

test('a worker elsewhere needs an address and a token, and keeps its journal where it is told', async () => {
  const env = await tokenOf('ada', 'worker');
  const ada = await tokenOf('ada', 'contributor');
  const worker = await startWorker(['--name', 'far', '--folder', home.path('far')], {
    ...env,
    LABKEEP_DATA: home.path('nothing'),
  });
  assert.match(worker.said, /^labkeep: worker far asks/);
  assert.equal((await home.call(['wait', await submit(ada, 'true')])).code, 0);
  assert.equal(await worker.stop('SIGTERM'), 0);
});

async function workers(): Promise<WorkerList> {
  const token = (await home.call(['token', 'create', '--name', 'looker', '--role', 'viewer'])).stdout.trim();
  const answer = await fetch(`${server.url}/v1/workers`, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()) as WorkerList;
}
