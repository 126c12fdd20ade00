/**
 * Two machines that share a home and a project folder: namespaces of the kernel give each a name and
 * processes of its own. Only one can hold the data folder; both record.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Job, JobList } from '@labkeep/client';
import { readDiscovery } from '../../src/daemon/discovery.ts';
import { type Ended, Home, program } from '../cli/support/labkeep.ts';

const rootless = process.getuid?.() !== 0;
const apart = [
  ...(rootless ? ['--user', '--map-root-user'] : []),
  ...['--uts', '--pid', '--fork', '--mount-proc', '--kill-child'],
];
const enter = [...(rootless ? ['--user', '--preserve-credentials'] : []), ...['--uts', '--pid', '--mount']];
const probe = spawnSync('unshare', [...apart, 'hostname', 'node01']);
const skip = probe.status === 0 ? false : 'this machine gives no namespaces of its own';

const home = new Home();
const folder = home.path('toxd');
const children = new Set<ChildProcess>();
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await home.clean();
});

/** One of the machines; what it runs ends with it. */
class Machine {
  readonly #inside: number;

  private constructor(inside: number) {
    this.#inside = inside;
  }

  static async boot(name: string): Promise<Machine> {
    const first = ['sh', '-c', 'hostname "$0"; echo; exec sleep 1000', name];
    const child = spawn('unshare', [...apart, ...first], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
    return new Machine(Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')));
  }

  /** `pid`: as it is on this machine. */
  kill(pid: number): void {
    assert.equal(spawnSync('nsenter', [...this.#into, 'kill', '-9', String(pid)]).status, 0);
  }

  get #into(): readonly string[] {
    return [`--target=${this.#inside}`, `--wdns=${folder}`, ...enter];
  }

  start(words: readonly string[]): ChildProcess {
    const child = spawn('nsenter', [...this.#into, program, ...words], { env: home.env(), stdio: 'pipe' });
    children.add(child);
    return child;
  }

  async run(...words: readonly string[]): Promise<Ended> {
    const child = this.start(words);
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name]?.setEncoding('utf8').on('data', (text: string) => (said[name] += text));
    const [code] = (await once(child, 'close')) as [number | null];
    children.delete(child);
    return { code, ...said };
  }
}

test('both record into one history, whichever has the server', { skip }, async () => {
  mkdirSync(folder);
  const [one, two] = [await Machine.boot('node01'), await Machine.boot('node02')];
  const server = one.start(['up', '--no-worker', '--listen', '127.0.0.1:0']);
  while (!existsSync(home.path('data', 'server.json'))) await delay(20);
  writeFileSync(`${folder}/raw`, 'x');
  const made = await two.run('run', '--', 'cp', 'raw', 'from-two');
  assert.equal(made.code, 0);
  assert.match(
    made.stderr,
    /^labkeep: new project toxd .*\nlabkeep: toxd\/1 succeeded, .*in: raw; out: from-two\n$/,
  );
  const runs = await Promise.all(
    [one, two].map((machine, at) => machine.run('run', '-q', '--', 'cp', 'from-two', `copy-${at}`)),
  );
  assert.deepEqual(
    runs.map(({ code, stderr }) => [code, stderr]),
    runs.map(() => [0, '']),
  );
  const list = JSON.parse((await one.run('jobs', '--json')).stdout) as JobList;
  assert.deepEqual(
    list.items.map(({ number, state }) => [number, state]),
    ['3', '2', '1'].map((number) => [number, 'succeeded']),
  );
  const jobs = await Promise.all(
    list.items.map(async ({ ref }) => JSON.parse((await one.run('show', ref, '--json')).stdout) as Job),
  );
  assert.deepEqual(jobs.map(({ run }) => run?.host).sort(), ['node01', 'node02', 'node02']);
  for (const { number, files } of jobs)
    if (number !== '1') assert.equal(files.find(({ role }) => role === 'input')?.madeBy?.ref, 'toxd/1');
  assert.deepEqual(readdirSync(home.path('data', 'runs')), []);
  await elsewhere(two);

  // The other takes over where the first is gone without a word.
  one.kill(readDiscovery(home.path('data', 'server.json'))?.pid ?? 0);
  await once(server, 'close');
  const last = await two.run('run', '--', 'cp', 'from-two', 'last');
  assert.match(last.stderr, /labkeep: toxd\/4 succeeded, /);
});

/** What the machine without the server says of it. */
async function elsewhere(two: Machine): Promise<void> {
  const [away, held, down] = await Promise.all([
    two.run('status'),
    two.run('up', '--listen', '127.0.0.1:0'),
    two.run('down'),
  ]);
  assert.equal(away.code, 6);
  assert.match(away.stderr, /runs on node01, and listens to that machine alone\.\n {2}Work on node01, or /);
  assert.equal(held.code, 5);
  assert.match(held.stderr, /\(process \d+ on node01 at http/);
  assert.equal(down.code, 5);
  assert.match(down.stderr, /Stop it on node01, where it was started\./);
}
