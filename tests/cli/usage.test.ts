/** What can be said without a server: help, versions, and every way to get the command line wrong. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { after, test } from 'node:test';
import type { Cli } from '../../src/cli/cli.ts';
import { commands } from '../../src/cli/commands.ts';
import { createProgram } from '../../src/cli/program.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { type Ended, Home } from './support/labkeep.ts';

const home = new Home();
after(() => home.clean());

function refused(ended: Ended, code: number, ...lines: readonly string[]): void {
  assert.deepEqual(ended, { code, stdout: '', stderr: `${lines.join('\n')}\n` });
}

test('labkeep alone says how to begin', async () => {
  const ended = await home.call([]);
  assert.deepEqual(ended, {
    code: 0,
    stdout: `No server runs on the data folder ${home.path('data')}. To begin:
  labkeep up              start a server, with a worker, on this machine
  labkeep up --example    the same, with an example project to look at
  labkeep help            what else there is
`,
    stderr: '',
  });
});

test('the version is the package’s', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  assert.deepEqual(await home.run(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
});

test('the first help explains ten commands and names the rest', async () => {
  const { code, stdout, stderr } = await home.call(['help']);
  assert.deepEqual([code, stderr], [0, '']);
  const explained = [...stdout.matchAll(/^ {2}(\w+) {2}/gm)].map(([, name]) => name);
  assert.equal(explained.length, 10, stdout);
  for (const { name, group } of commands) {
    const isNamed = new RegExp(`\\b${name}\\b`).test(stdout.slice(stdout.indexOf('What one needs')));
    assert.equal(isNamed, group !== null, name);
  }
});

test('labkeep help --all says of every command what it does', async () => {
  const { code, stdout, stderr } = await home.call(['help', '--all']);
  assert.deepEqual([code, stderr], [0, '']);
  for (const { name, group, about } of commands)
    assert.equal(new RegExp(`^ {2}${name} +${about}$`, 'm').test(stdout), group !== null, name);
});

test('every command has a help of its own that names --json', async () => {
  const silent = { write: () => true };
  const world: Cli = {
    terminal: new Terminal(silent, silent, {}),
    env: {},
    folder: '/',
    now: () => 0,
    input: async () => '',
    exit: () => undefined,
  };
  const program = await createProgram(world, commands);
  const all = program.commands.flatMap((command) =>
    command.commands.length === 0 ? [command] : command.commands,
  );
  assert.ok(all.length > 20);
  for (const command of all) {
    const help = command.helpInformation();
    assert.match(help, /^Usage: labkeep \w+/);
    assert.match(help, /--json/, command.name());
    assert.notEqual(command.description(), '', `${command.name()} says what it does`);
  }
});

test('a misspelt command or option is answered with the right one', async () => {
  refused(
    await home.call(['jbos']),
    2,
    "labkeep: Unknown command 'jbos'; did you mean jobs?",
    '  See labkeep help.',
  );
  const option = await home.call(['jobs', '--jsno']);
  refused(option, 2, "labkeep: Unknown option '--jsno'; did you mean --json?", '  See labkeep help jobs.');
  const inner = await home.call(['project', 'lsit']);
  refused(inner, 2, "labkeep: Unknown command 'lsit'; did you mean list?", '  See labkeep help project.');
});

test('a command line that is not understood exits with 2 and says what was expected', async () => {
  refused(
    await home.call(['show']),
    2,
    "labkeep: Missing required argument 'job'.",
    '  See labkeep help show.',
  );
  refused(
    await home.call(['jobs', '--limit', '0']),
    2,
    "labkeep: Option '-n, --limit <number>' argument '0' is invalid. Expected an integer from 1 to 1000.",
    '  See labkeep help jobs.',
  );
  refused(
    await home.call(['submit']),
    2,
    'labkeep: There is nothing to submit.',
    '  Give a command: labkeep submit -- COMMAND ARGUMENTS; or a --task, or a --template.',
  );
  refused(
    await home.call(['token', 'create', '--name', 'ada', '--role', 'admn']),
    2,
    'labkeep: "admn" is not a role.',
    '  The roles are viewer, contributor, manager, worker, admin.',
  );
  refused(
    await home.call(['token', 'create', '--name', 'ada', '--role', 'admin', '--expires', 'soon']),
    2,
    'labkeep: --expires is "soon", expected a time such as 30d, 12h or 90min.',
    '  See labkeep help.',
  );
  refused(
    await home.call(['jobs', '--server', 'nonsense']),
    2,
    'labkeep: "nonsense" is not the address of a server.',
    '  Write it as http://HOST:PORT or https://HOST:PORT.',
  );
});

test('without a server every command that needs one exits with 6', async () => {
  const lines = [
    `labkeep: No server runs on the data folder ${home.path('data')}.`,
    '  Start one with labkeep up, or name one with --server.',
  ];
  refused(await home.call(['jobs']), 6, ...lines);
  refused(await home.call(['submit', '--', 'true']), 6, ...lines);
  refused(await home.run(['worker']), 6, ...lines);
});

test('a server that was killed is away, though its address is still written down', async () => {
  mkdirSync(home.path('left'));
  const started = '2026-01-01T00:00:00.000Z';
  const left = { url: 'http://127.0.0.1:9', pid: 1, host: hostname(), started, certificate: null };
  writeFileSync(home.path('left', 'server.json'), JSON.stringify(left));
  const { code, stdout, stderr } = await home.call(['status', '--data', home.path('left')]);
  assert.deepEqual([code, stdout], [6, '']);
  assert.match(
    stderr,
    /^labkeep: No server answers at http:\/\/127\.0\.0\.1:9\.\n {2}Start one with labkeep up/,
  );
});

test('with --json an error is a problem document on stderr', async () => {
  const { code, stdout, stderr } = await home.call(['jobs', '--json']);
  assert.deepEqual([code, stdout], [6, '']);
  assert.deepEqual(JSON.parse(stderr), {
    type: 'https://labkeep.dev/errors#server_away',
    title: 'No server answers.',
    status: null,
    detail: `No server runs on the data folder ${home.path('data')}`,
    code: 'server_away',
    advice: 'Start one with labkeep up, or name one with --server.',
  });
});

test('a worker without a token is denied before it asks', async () => {
  refused(
    await home.run(['worker', '--server', 'http://127.0.0.1:9']),
    4,
    'labkeep: There is no token for http://127.0.0.1:9.',
    '  Give one with LABKEEP_TOKEN; labkeep token create makes one.',
  );
});
