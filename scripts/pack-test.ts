/**
 * Packs both packages, installs them in an empty folder as a user would, and runs there what a user would run.
 * It finds what works in the repository only: a file that is not published, a dependency that is not declared,
 * a path that publishing moves.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const repository = join(import.meta.dirname, '..');
const version = versionOf(join(repository, 'package.json'));

const PROGRAM = `
import { open } from 'labkeep';
import * as client from '@labkeep/client';

type IsAny<T> = 0 extends 1 & T ? true : false;
const typed: [IsAny<typeof open>, IsAny<typeof client>] = [false, false];

if (typeof open !== 'function' || Object.keys(client).length === 0) throw new Error('nothing is exported');
console.log('exported', Object.keys(client).join(' '), typed.length);
`;
const STRICT = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2024', '--module', 'nodenext'];

const sandbox = mkdtempSync(join(tmpdir(), 'labkeep-pack-'));
const folder = join(sandbox, 'installed');
const environment = environmentOfUser(sandbox);
try {
  run(repository, 'npm', 'pack', '--loglevel=error', '--pack-destination', sandbox);
  run(repository, 'npm', 'pack', '--loglevel=error', '--workspace=client', '--pack-destination', sandbox);
  const tarballs = [`labkeep-${version}.tgz`, `labkeep-client-${version}.tgz`].map((name) =>
    join(sandbox, name),
  );

  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  run(folder, 'npm', 'install', '--loglevel=error', '--no-audit', '--no-fund', ...tarballs);
  assert.equal(versionOf(join(folder, 'node_modules/@labkeep/client/package.json')), version);

  assert.ok(run(folder, 'npx', '--no', '--', 'labkeep', '--version').includes(version));
  assert.match(run(folder, 'npx', '--no', '--', 'labkeep', 'help', 'files'), /labkeep\.db/);
  run(folder, 'npx', '--no', '--', 'labkeep', 'demo');

  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  run(folder, process.execPath, 'program.ts');
  run(folder, process.execPath, join(repository, 'node_modules/typescript/bin/tsc'), ...STRICT, 'program.ts');
} finally {
  rmSync(sandbox, { recursive: true, force: true });
}
process.stdout.write('Both packages work where they are installed.\n');

function run(cwd: string, command: string, ...args: readonly string[]): string {
  process.stdout.write(`$ ${[command, ...args].join(' ')}\n`);
  const { status, signal, error, stdout } = spawnSync(command, args, {
    cwd,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error !== undefined) throw error;
  process.stdout.write(stdout);
  if (status !== 0) throw new Error(`${command} ended with ${signal ?? `exit code ${status}`}`);
  return stdout;
}

/** Without what `npm run` adds, which would lead back to this repository; with folders of its own. */
function environmentOfUser(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(INIT_CWD|NODE_OPTIONS|LABKEEP_.*|npm_(package|lifecycle|config_(local_|global_)?prefix|.*execpath).*)$/.test(
        name,
      ),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: (process.env.PATH ?? '')
      .split(delimiter)
      .filter((f) => !f.includes('node_modules'))
      .join(delimiter),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_RUNTIME_DIR: home,
    XDG_CACHE_HOME: join(home, 'cache'),
  };
}

function versionOf(file: string): string {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  assert.ok(typeof content === 'object' && content !== null && 'version' in content);
  assert.ok(typeof content.version === 'string');
  return content.version;
}
