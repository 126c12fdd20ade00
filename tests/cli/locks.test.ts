/** Locks around commands: real processes that exclude each other, are killed, stopped, and lose what they held. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LabkeepClient, type LockList, type SessionList } from '@labkeep/client';
import { until } from '../support/until.ts';
import { Home, program, type Server } from './support/labkeep.ts';
import { noTerminal, OnTerminal, runOnTerminal } from './support/on-terminal.ts';

const home = new Home();
const started = new Set<ChildProcess>();
let server: Server;

before(async () => {
  server = await home.up(['--no-worker']);
  for (const name of ['embl', 'chado', 'nr', 'pdb']) {
    const made = await home.call(['project', 'create', name]);
    assert.equal(made.code, 0, made.stderr);
  }
});
after(async () => {
  for (const child of started) child.kill('SIGKILL');
  assert.equal(await server.stop(), 0);
  await home.clean();
});

/** `labkeep lock run` under way, with all that it has said. */
class Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals>;
  stdout = '';
  stderr = '';

  constructor(...args: readonly string[]) {
    const env = home.env();
    this.child = spawn(program, ['lock', 'run', ...args], { cwd: home.folder, env, stdio: 'pipe' });
    started.add(this.child);
    this.child.stdin?.end();
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(this.child, 'exit').then(([code, signal]) => {
      started.delete(this.child);
      return code ?? signal;
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }
}

async function listed(path: string): Promise<LockList['items']> {
  const { stdout } = await home.call(['lock', 'list', '--json', path]);
  return (JSON.parse(stdout) as LockList).items;
}

/** Whether a process runs; one that has ended and was not asked after does not. */
function runs(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

/** A command that says its pid in a file, and then does nothing until it is ended. */
function idle(file: string): readonly string[] {
  return ['sh', '-c', `echo $$ > ${file}.draft; mv ${file}.draft ${file}; exec sleep 600`];
}

async function pidIn(file: string): Promise<number> {
  await until(`${file} is there`, () => existsSync(file));
  return Number(readFileSync(file, 'utf8'));
}

test('a command has its lock in its environment, and its own end is the end', async () => {
  const said = ['sh', '-c', 'echo "$LABKEEP_LOCK $LABKEEP_LOCK_EPOCH"; exit 7'];
  const { code, stdout, stderr } = await home.run([
    'lock',
    'run',
    'embl:shared',
    'chado/x:exclusive',
    '--',
    ...said,
  ]);
  assert.deepEqual([code, stderr], [7, '']);
  const [lock = '', epoch = ''] = stdout.trim().split(' ');
  assert.ok(Number(epoch) > Number.parseInt(lock, 36), stdout);
  assert.deepEqual(await listed('embl'), []);
  const killed = await new Run('embl', '--', 'sh', '-c', 'kill -TERM $$').ended;
  assert.equal(killed, 'SIGTERM');
  const missing = await home.run(['lock', 'run', 'embl', '--', 'no-such-program']);
  assert.deepEqual([missing.code, missing.stderr], [127, 'labkeep: no-such-program: command not found\n']);
});

test('two commands on one lock exclude each other; shared ones do not', async () => {
  const file = home.path('turns');
  const turn = `[ -e ${file}.in ] && echo both >> ${file}; touch ${file}.in; sleep 0.1; rm ${file}.in; echo one >> ${file}`;
  const all = Array.from({ length: 4 }, () => new Run('embl:exclusive', '--', 'sh', '-c', turn));
  for (const one of all) assert.equal(await one.ended, 0, one.stderr);
  assert.equal(readFileSync(file, 'utf8'), 'one\n'.repeat(4));
  const reader = new Run('embl:shared', '--', ...idle(home.path('reader')));
  const pid = await pidIn(home.path('reader'));
  assert.equal((await home.run(['lock', 'run', '--no-wait', 'embl:shared', '--', 'true'])).code, 0);
  const refused = await home.run(['lock', 'run', '--no-wait', 'embl:exclusive', '--', 'true']);
  assert.equal(refused.code, 5);
  assert.match(
    refused.stderr,
    /^labkeep: In the way: \S+ \(sh -c .*, \d+\)\.\n {2}Wait for the lock, or see labkeep lock list/,
  );
  reader.child.kill('SIGTERM');
  assert.equal(await reader.ended, 'SIGTERM');
  await until('its command has ended', () => !runs(pid));
});

test('a wait ends at its limit, or when whoever waits is stopped; both leave the line', async () => {
  const writer = new Run('nr:exclusive', '--name', 'load', '--', ...idle(home.path('writer')));
  await pidIn(home.path('writer'));
  const late = await home.run(['lock', 'run', 'nr:shared', '--wait', '1s', '--', 'true']);
  assert.equal(late.code, 5);
  assert.match(late.stderr, /In the way: \S+ \(load, /);
  const impatient = new Run('nr:shared', '--', 'true');
  await until('it waits', async () => (await listed('nr')).length === 2);
  await until('it says so', () =>
    /waiting for nr:shared; in the way: \S+ \(load, \S+\)\n/.test(impatient.stderr),
  );
  impatient.child.kill('SIGINT');
  assert.ok(['SIGINT', 128 + constants.signals.SIGINT].includes(await impatient.ended));
  assert.equal((await listed('nr')).length, 1);
  writer.child.kill('SIGTERM');
  await writer.ended;
});

test('when labkeep lock run is killed, its command is ended, and the lock is free when the lease is over', async () => {
  const first = new Run('chado:exclusive', '--lease', '3s', '--', ...idle(home.path('killed')));
  const command = await pidIn(home.path('killed'));
  const next = new Run('chado:exclusive', '--', 'true');
  await until('the other waits', async () => (await listed('chado')).length === 2);
  first.child.kill('SIGKILL');
  await until('its command has ended', () => !runs(command));
  assert.equal(await next.ended, 0, next.stderr);
});

test('a command is watched over also where the folder of Labkeep has a blank in its name', async () => {
  const copy = home.path('lab keep');
  const root = join(import.meta.dirname, '../..');
  mkdirSync(copy);
  for (const name of ['bin', 'src', 'package.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const file = home.path('blank');
  const env = home.env();
  const args = ['lock', 'run', 'chado:exclusive', '--', ...idle(file)];
  const child = spawn(join(copy, 'bin/labkeep'), args, {
    cwd: home.folder,
    env,
    stdio: 'ignore',
  });
  started.add(child);
  const command = await pidIn(file);
  child.kill('SIGKILL');
  await until('its command has ended', () => !runs(command));
});

test('when labkeep lock run is stopped beyond its lease, its command is ended before another has the lock', async () => {
  const file = home.path('stopped');
  const first = new Run('pdb:exclusive', '--lease', '3s', '--', ...idle(file));
  const command = await pidIn(file);
  // Says in which state it found the command of the first.
  const look = `sed 's/.*) \\(.\\) .*/\\1/' /proc/${command}/stat 2>/dev/null || echo gone`;
  const next = new Run('pdb:exclusive', '--', 'sh', '-c', look);
  await until('the other waits', async () => (await listed('pdb')).length === 2);
  first.child.kill('SIGSTOP');
  assert.equal(await next.ended, 0, next.stderr);
  assert.match(next.stdout, /^(gone|Z)\n$/);
  first.child.kill('SIGCONT');
  assert.equal(await first.ended, 5);
  assert.match(first.stderr, /^labkeep: .*(could not be renewed in time|lost|ended)/m);
});

test('a lock that is broken, or whose session is ended, ends its command, with all that it started', async () => {
  const file = home.path('children');
  const command = `setsid sleep 600 & echo $! > ${file}; trap '' TERM; while :; do sleep 0.1; done`;
  const broken = new Run('embl:exclusive', '--lease', '3s', '--', 'sh', '-c', command);
  const child = await pidIn(file);
  await until('it is granted', async () => (await listed('embl'))[0]?.state === 'granted');
  const [lock] = await listed('embl');
  const taken = await home.call(['lock', 'break', lock?.lock ?? '']);
  assert.match(taken.stderr, /^labkeep: taken from \S+ \(sh -c .*\): embl:exclusive\n$/);
  assert.equal(await broken.ended, 5);
  assert.match(broken.stderr, /^labkeep: The locks were broken/m);
  assert.equal(runs(child), false);

  const other = home.path('ended');
  const ended = new Run('embl:exclusive', '--lease', '3s', '--', ...idle(other));
  const pid = await pidIn(other);
  const { stdout } = await home.call(['session', 'list', '--json']);
  const [session] = (JSON.parse(stdout) as SessionList).items;
  const said = await home.call(['session', 'end', session?.session ?? '', '--reason', 'update']);
  assert.match(said.stderr, /^labkeep: session \w+ of \S+ has ended\n$/);
  assert.equal(await ended.ended, 5);
  assert.match(ended.stderr, /their session was ended \(closed\): update\.\n/);
  assert.equal(runs(pid), false);
  assert.match((await home.call(['session', 'list', '--ended'])).stdout, /closed: update/);
});

test('when its database is closed, a command is told, and ended when the grace is over', async () => {
  assert.equal((await home.call(['db', 'add', 'bank', '--kind', 'external'])).code, 0);
  const file = home.path('reading');
  const reader = new Run('bank:shared', '--lease', '3s', '--', ...idle(file));
  const pid = await pidIn(file);
  const closed = await home.call(['db', 'close', 'bank', '--reason', 'release 145', '--grace', '3s']);
  assert.equal(closed.code, 0, closed.stderr);
  assert.equal(await reader.ended, 5);
  assert.equal(runs(pid), false);
  assert.match(reader.stderr, /^labkeep: bank is to be closed \(release 145\): this lock ends .*$/m);
  assert.match(reader.stderr, /their session was ended \(database closed\): release 145\./);
  const refused = await home.run(['lock', 'run', 'bank:shared', '--', 'true']);
  assert.equal(refused.code, 5);
  assert.match(refused.stderr, /bank is clos(ing|ed): release 145/);
});

test('a command goes on under its lock while the server is killed and started again', async () => {
  const [go, file] = [home.path('go'), home.path('long-lived')];
  const command = `echo $$ > ${file}; until [ -e ${go} ]; do sleep 0.1; done; exit 9`;
  const run = new Run('pdb:exclusive', '--', 'sh', '-c', command);
  await pidIn(file);
  const { host } = new URL(server.url);
  await server.stop('SIGKILL');
  server = await home.up(['--no-worker', '--listen', host]);
  const refused = await home.run(['lock', 'run', '--no-wait', 'pdb:shared', '--', 'true']);
  assert.equal(refused.code, 5, refused.stderr);
  writeFileSync(go, '');
  assert.equal(await run.ended, 9, run.stderr);
  assert.deepEqual(await listed('pdb'), []);
});

test('at a terminal the keys reach the command', { skip: noTerminal }, async () => {
  const script = `trap 'echo caught; exit 3' INT; echo ready; while :; do sleep 0.1; done`;
  const run = new OnTerminal(home, ['lock', 'run', 'pdb', '--', 'sh', '-c', script], { cwd: home.folder });
  await run.says(/ready/);
  run.press('\x03');
  assert.equal(await run.ended(), 3);
  assert.match(run.text, /caught/);
});

test('what is asked for wrongly is said at once, and starts nothing', async () => {
  const file = home.path('never');
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['embl'], 2, /There is no command to run/],
    [['--', 'touch', file], 2, /labkeep: /],
    [['embl:often', '--', 'touch', file], 2, /expected shared or exclusive/],
    [['emble', '--', 'touch', file], 3, /did you mean embl\?/],
    [['embl', '--wait', 'soon', '--', 'touch', file], 2, /--wait is "soon"/],
    [['embl', '--lease', '100d', '--', 'touch', file], 2, /leaseMs/],
    [['embl:shared', 'embl:exclusive', '--', 'touch', file], 2, /one mode for embl/],
  ];
  for (const [args, code, said] of cases) {
    const ended = await home.run(['lock', 'run', ...args]);
    assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stderr}`);
    assert.match(ended.stderr, said);
  }
  assert.equal(existsSync(file), false);
  const unknown = await home.call(['lock', 'break', 'zz']);
  assert.equal(unknown.code, 3);
});

test('the list of locks fits the terminal', { skip: noTerminal }, async () => {
  assert.match((await home.call(['lock', 'list', 'pdb'])).stderr, /nobody holds or awaits anything in pdb/);
  const run = new Run(
    'nr:exclusive',
    'embl:shared',
    '--name',
    'a name of some length that says what it does',
    '--',
    ...idle(home.path('long')),
  );
  await pidIn(home.path('long'));
  const waiting = new Run('nr:shared', '--', 'true');
  await until('the other waits', async () => (await listed('nr')).length === 2);
  const { text } = await runOnTerminal(home, ['lock', 'list', 'nr'], { cwd: home.folder, columns: 80 });
  const lines = text.trimEnd().split('\n');
  assert.equal(lines.length, 3, text);
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.match(lines[0] ?? '', /^ID +LOCK +STATE +WHO +SINCE +WAITS/);
  run.child.kill('SIGTERM');
  assert.equal(await waiting.ended, 0);
});

test('the client holds locks for a function, and tells it when they are lost', async () => {
  const token = readFileSync(home.path('data', 'token'), 'utf8').trim();
  const client = new LabkeepClient({ url: server.url, token });
  const epochs: number[] = [];
  const both = await Promise.all(
    [1, 2].map((turn) =>
      client.locks.hold(['chado:exclusive'], async ({ epoch }) => {
        epochs.push(epoch);
        const { held } = await client.locks.check({ path: 'chado/x', mode: 'exclusive', epoch });
        return held ? turn : 0;
      }),
    ),
  );
  assert.deepEqual(both, [1, 2]);
  assert.equal(epochs.length, 2);
  assert.deepEqual(await listed('chado'), []);

  const lost = client.locks.hold(
    ['chado:exclusive'],
    async ({ lock, signal }) => {
      await client.locks.break(lock.lock);
      await once(signal, 'abort');
      return 'done';
    },
    { leaseMs: 1_000 },
  );
  await assert.rejects(lost, { code: 'lock_lost' });
  await assert.rejects(
    client.locks.hold(['chado:shared'], () => {
      throw new Error('no good');
    }),
    /no good/,
  );
  assert.deepEqual((await client.sessions.list()).items, []);
});
