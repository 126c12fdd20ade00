/** `labkeep run` as a scientist types it: the command as if nothing stood between, and the run on record. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LabkeepClient } from '@labkeep/client';
import { readDiscovery, readToken } from '../../src/daemon/discovery.ts';
import { type Ended, Home, program, type Server } from '../cli/support/labkeep.ts';

const home = new Home();
const folder = home.path('toxd');
let server: Server;
before(async () => {
  mkdirSync(folder);
  server = await home.up(['--no-worker']);
});
after(async () => {
  await server.stop();
  await home.clean();
});

const run = (
  words: readonly string[],
  input = '',
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> => home.run(['run', ...words], { cwd: folder, input, env });

function client(): LabkeepClient {
  const found = readDiscovery(home.path('data', 'server.json'));
  assert.ok(found);
  return new LabkeepClient({ url: found.url, token: readToken(home.path('data', 'token')) ?? '' });
}

const steady = (text: string): string => text.replaceAll(/\b\d+(\.\d+)? s\b/g, 'SPAN');
const spooled = (): readonly string[] => readdirSync(home.path('data', 'runs'));

test('output, exit code and standard input pass through; the run is on record', async () => {
  writeFileSync(home.path('toxd', 'in.txt'), 'b\na\n');
  const script = 'cat; cat "$1" >&2; sort "$1" > out.txt; exit 3';
  const ended = await run(['--title', 'First', '--', 'sh', '-c', script, 'sh', 'in.txt'], 'typed\n');
  assert.deepEqual(
    [ended.code, ended.stdout, steady(ended.stderr)],
    [
      3,
      'typed\n',
      'b\na\nlabkeep: new project toxd (~/toxd)\n' +
        'labkeep: toxd/1 failed (exit 3), SPAN; in: in.txt, stdin; out: out.txt\n',
    ],
  );
  const job = await client().jobs.get('toxd/1');
  assert.deepEqual(
    [job.state, job.exitCode, job.title, job.command, job.stdin, job.origin, job.directory, job.attempts],
    ['failed', 3, 'First', ['sh', '-c', script, 'sh', 'in.txt'], 'typed\n', 'recorded', folder, 1],
  );
  assert.match(job.run?.executable?.sha256 ?? '', /^[0-9a-f]{64}$/);
  assert.deepEqual(
    job.files.map(({ role, path, size }) => [role, path, size]),
    [
      ['input', `${folder}/in.txt`, 4],
      ['input', '/dev/stdin', 6],
      ['output', `${folder}/out.txt`, 4],
    ],
  );
  assert.deepEqual(spooled(), []);
});

test('an output that is written anew, and was not read, is no input', async () => {
  for (const _ of [1, 2])
    assert.equal((await run(['-q', '--', 'sort', 'in.txt', '-o', 'sorted.txt'])).code, 0);
  const [job] = (await client().jobs.list('toxd', { order: 'newest', limit: 1 })).items;
  const { items } = await client().jobs.files(job?.ref ?? '');
  assert.deepEqual(
    items.map(({ role, path }) => [role, path]),
    [
      ['input', `${folder}/in.txt`],
      ['output', `${folder}/sorted.txt`],
    ],
  );
});

test('a program that was made here is an input, and knows its maker', async () => {
  const make = 'printf "#!/bin/sh\\necho made" > prog; chmod +x prog';
  assert.equal((await run(['-q', '--', 'sh', '-c', make])).code, 0);
  const ended = await run(['--', './prog']);
  assert.deepEqual([ended.code, ended.stdout], [0, 'made\n']);
  const [job, maker] = (await client().jobs.list('toxd', { order: 'newest', limit: 2 })).items;
  const { items } = await client().jobs.files(job?.ref ?? '');
  assert.deepEqual(
    items.map(({ role, path, madeBy }) => [role, path, madeBy?.ref]),
    [['input', `${folder}/prog`, maker?.ref]],
  );
});

test('a command that cannot be started is recorded, and ends as the shell has it', async () => {
  const missing = await run(['--', 'no-such-program']);
  assert.deepEqual([missing.code, missing.stdout], [127, '']);
  assert.match(
    missing.stderr,
    /^labkeep: no-such-program: command not found\nlabkeep: toxd\/6 failed to start/,
  );
  writeFileSync(home.path('toxd', 'plain'), '', { mode: 0o644 });
  const refused = await run(['--', './plain']);
  assert.deepEqual([refused.code, (await client().jobs.get('toxd/7')).reason], [126, 'not_started']);
});

test('a signal ends the command, and the run as the command ended', async () => {
  const child = spawn(program, ['run', '--', 'sleep', '600'], {
    cwd: folder,
    env: home.env(),
    stdio: 'ignore',
  });
  while ((await client().jobs.list('toxd', { state: 'running' })).items.length === 0) await delay(20);
  child.kill('SIGTERM');
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  assert.deepEqual([code, signal], [null, 'SIGTERM']);
  const job = await client().jobs.get('toxd/8');
  assert.deepEqual([job.state, job.reason, job.exitCode], ['failed', 'signal', null]);
});

test('a command whose reader goes away ends as it ends without', async () => {
  const shell = spawn('bash', ['-c', `${program} run -- yes | head -n 1; exit "${'$'}{PIPESTATUS[0]}"`], {
    cwd: folder,
    env: home.env(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  shell.stderr.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  const [code] = (await once(shell, 'close')) as [number | null];
  assert.equal(code, 141);
  assert.match(said, /^labkeep: toxd\/\d+ failed \(SIGPIPE\), /);
});

test('cancelling a run ends its command', async () => {
  const ended = run(['--', 'sleep', '600']);
  while ((await client().jobs.list('toxd', { state: 'running' })).items.length === 0) await delay(20);
  await client().jobs.act('toxd/10', 'cancel');
  assert.equal((await ended).code, null);
  assert.equal((await client().jobs.get('toxd/10')).state, 'cancelled');
});

test('a run within a run is its child', async () => {
  assert.equal((await run(['--', program, 'run', '--', 'true'])).code, 0);
  const [outer] = (await client().jobs.list('toxd', { order: 'newest', limit: 2 })).items.filter(
    ({ parent }) => parent === null,
  );
  const children = await client().jobs.list('toxd', { parent: outer?.number });
  assert.deepEqual(
    children.items.map(({ ref, state }) => [ref, state]),
    [[`${outer?.ref}.1`, 'succeeded']],
  );
});

test('a program within a run may give its job numbers, without naming it', async () => {
  const ended = await run(['--title', 'numbers', '--', program, 'set', 'Rfree=0.21']);
  assert.equal(ended.code, 0, ended.stderr);
  const [job] = (await client().jobs.list('toxd', { order: 'newest', limit: 1 })).items;
  assert.deepEqual([job?.title, job?.numbers], ['numbers', { Rfree: 0.21 }]);
});

test('in a pipe, and with its output in a file, nothing is changed or lost', async () => {
  const ended = await home.run(['--version'], { cwd: folder });
  assert.equal(ended.code, 0);
  const shell = spawn('sh', ['-c', `printf 'b\\na\\n' | ${program} run -q -- sort > sorted; cat sorted`], {
    cwd: folder,
    env: home.env(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  shell.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await once(shell, 'close');
  assert.equal(text, 'a\nb\n');
  const [job] = (await client().jobs.list('toxd', { order: 'newest', limit: 1 })).items;
  const files = await client().jobs.files(job?.ref ?? '');
  assert.deepEqual(
    files.items.map(({ role, path }) => [role, path]),
    [
      ['input', '/dev/stdin'],
      ['output', `${folder}/sorted`],
    ],
  );
});

test('files behind the streams of a command are recorded as such', async () => {
  const line = `${program} run -q -- sh -c 'sort; echo >&2' < in.txt > streamed 2> said`;
  await once(spawn('sh', ['-c', line], { cwd: folder, env: home.env(), stdio: 'ignore' }), 'close');
  const [job] = (await client().jobs.list('toxd', { order: 'newest', limit: 1 })).items;
  const { items } = await client().jobs.files(job?.ref ?? '');
  assert.deepEqual(
    items.map(({ role, path, note }) => [role, path, note]),
    [
      ['input', `${folder}/in.txt`, 'standard input'],
      ['output', `${folder}/said`, 'standard error'],
      ['output', `${folder}/streamed`, 'standard output'],
    ],
  );
});

test('killed -9 while its command runs, the run is on record, without an end', async () => {
  const child = spawn(
    program,
    ['run', '--title', 'orphan', '--', 'sh', '-c', 'echo $$ > pid; exec sleep 600'],
    {
      cwd: folder,
      env: home.env(),
      stdio: 'ignore',
    },
  );
  const orphan = async () =>
    (await client().jobs.list('toxd', { state: 'running' })).items.find(({ title }) => title === 'orphan');
  const pid = (): number =>
    existsSync(home.path('toxd', 'pid')) ? Number(readFileSync(home.path('toxd', 'pid'), 'utf8')) : 0;
  while ((await orphan()) === undefined || pid() === 0) await delay(20);
  child.kill('SIGKILL');
  await once(child, 'exit');
  process.kill(pid(), 'SIGKILL');
  // The server sees that the recorder is gone, and waits for it no more; the lease goes on until it ends.
  while (spooled().length > 0) await delay(50);
  const { state, finishedAt, exitCode } = (await orphan()) ?? {};
  assert.deepEqual([state, finishedAt, exitCode], ['running', null, null]);
});

test('without a server the run is kept, and recorded by the next server, once', async () => {
  const count = async (): Promise<number> =>
    (await client().jobs.list('toxd', { limit: 1_000 })).items.length;
  const before = await count();
  assert.equal(await server.stop(), 0);
  const ended = await run(['--no-start', '--', 'sh', '-c', 'echo kept > kept.txt']);
  assert.equal(ended.code, 0);
  assert.match(ended.stderr, /no server answered; the run is kept in ~\/data\/runs/);
  assert.equal(spooled().length, 2);
  server = await home.up(['--no-worker']);
  while (spooled().length > 0) await delay(20);
  assert.equal(await count(), before + 1);
  const [job] = (await client().jobs.list('toxd', { order: 'newest', limit: 1 })).items;
  assert.deepEqual([job?.state, job?.exitCode], ['succeeded', 0]);
});

test('three rounds of twenty at once are all recorded, each once', async () => {
  const before = new Set((await client().jobs.list('toxd', { limit: 1_000 })).items.map(({ ref }) => ref));
  const codes: (number | null)[] = [];
  const atOnce = 20;
  const lane = async (first: number): Promise<void> => {
    for (let index = first; index < 3 * atOnce; index += atOnce)
      codes.push((await run(['-q', '--title', `n${index}`, '--no-stdin', '--', 'true'])).code);
  };
  await Promise.all(Array.from({ length: atOnce }, (_, index) => lane(index)));
  assert.deepEqual(new Set(codes), new Set([0]));
  const titles: string[] = [];
  for await (const job of client().jobs.each('toxd', { limit: 1_000 }))
    if (!before.has(job.ref)) titles.push(job.title ?? '');
  assert.deepEqual(titles.sort(), Array.from({ length: 3 * atOnce }, (_, index) => `n${index}`).sort());
});

test('what the command line gets wrong is told, with code 2, and nothing is run', async () => {
  const ended = await run(['--titel', 'x', '--', 'touch', 'must-not-be']);
  assert.deepEqual(ended, {
    code: 2,
    stdout: '',
    stderr: 'labkeep: labkeep run does not know the option --titel\n  labkeep run --help lists them.\n',
  });
  assert.ok(!readdirSync(folder).includes('must-not-be'));
  assert.equal(readFileSync(home.path('toxd', 'in.txt'), 'utf8'), 'b\na\n');
});

test('what this machine has in another folder is recorded where the server has it', async () => {
  const mnt = home.path('mnt');
  mkdirSync(`${mnt}/run`, { recursive: true });
  writeFileSync(`${mnt}/in`, 'x');
  await client().directories.save(null, 'DATA', '/srv/data');
  const token = readToken(home.path('data', 'token')) ?? '';
  const named = ['--server', server.url];
  for (const [at, way] of [[], named, [...named, '--token', token]].entries()) {
    const words = ['run', ...way, '-p', 'shared', '--alias', `DATA=${mnt}`, '--', 'cp', `${mnt}/in`, 'out'];
    const ended = await home.call(words, { cwd: `${mnt}/run` });
    const news = at === 0 ? 'labkeep: new project shared\n' : '';
    assert.equal(
      steady(ended.stderr),
      `${news}labkeep: shared/${at + 1} succeeded, SPAN; in: ~/mnt/in; out: out\n`,
    );
    const job = await client().jobs.get(`shared/${at + 1}`);
    assert.deepEqual([job.directory, job.command], ['/srv/data/run', ['cp', '/srv/data/in', 'out']]);
    assert.deepEqual(
      job.files.map(({ role, path }) => [role, path]),
      [
        ['input', '/srv/data/in'],
        ['output', '/srv/data/run/out'],
      ],
    );
  }
  assert.equal((await client().projects.get('shared')).directory, '/srv/data/run');
});
