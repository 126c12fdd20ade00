/**
 * Makes what npm publishes: JavaScript and type declarations in `dist` and `client/dist`.
 *
 * `src` and `examples` are compiled as one program, because each names the other (`labkeep`, `#examples/…`), and
 * then moved to their places. So no path may lead from one to the other; tests/layers.test.ts sees to that.
 * `node scripts/build.ts client` makes the client alone.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..');

buildClient();
if (process.argv[2] !== 'client') buildServer();

function buildClient(): void {
  rmSync(join(repository, 'client/dist'), { recursive: true, force: true });
  compile('client/tsconfig.build.json');
}

function buildServer(): void {
  const dist = join(repository, 'dist');
  const emitted = join(dist, '.emitted');
  rmSync(dist, { recursive: true, force: true });
  compile('tsconfig.build.json');

  for (const name of ['src', 'examples']) copyAssets(join(repository, name), join(emitted, name));
  for (const name of readdirSync(join(emitted, 'src'))) {
    renameSync(join(emitted, 'src', name), join(dist, name));
  }
  renameSync(join(emitted, 'examples'), join(dist, 'examples'));
  rmSync(emitted, { recursive: true });
}

function compile(project: string): void {
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  const { status, error } = spawnSync(process.execPath, [tsc, '--project', project], {
    cwd: repository,
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(1);
}

/** SQL, styles, pages and data: whatever stands beside the sources and is read at run time. */
function copyAssets(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !/\.[cm]?tsx?$/.test(path) });
}
