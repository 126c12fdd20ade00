import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { type PostgresBinaries, postgresBinaries, type ServerUser, serverUser } from './postgres-binaries.ts';
import { ServerGuard } from './server-guard.ts';

export { postgresUnavailable } from './postgres-binaries.ts';

/*
 * Real PostgreSQL for tests and benches, in two ways.
 *
 * sharedPostgres() is for tests that need databases: one server for the file, with fsync off, or the one that
 * LABKEEP_TEST_POSTGRES_URL names.
 *
 * startPostgres() is for tests that stop, crash or tune the server itself, and for benches; fsync is on.
 */

export interface PostgresOptions {
  readonly fsync?: boolean;
  /**
   * By default databases sort text as people do (ICU, English), as a user's database would, so that a query that
   * forgot `COLLATE "C"` is seen to sort wrongly. `libc` is C.UTF-8: bytes, which is cheaper.
   */
  readonly collation?: 'icu' | 'libc';
  readonly settings?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Where its data lies, to be made; by default in its own folder. Whoever names another one removes it. */
  readonly dataFolder?: string;
}

/** A server of our own, on a port of 127.0.0.1, in a temporary folder. It goes with the process that started it. */
export class PostgresServer {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly version: string;
  readonly folder: string;
  readonly #password: string;
  readonly #binaries: PostgresBinaries;
  readonly #user: ServerUser | undefined;
  readonly #guard: ServerGuard;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #dataFolder: string;
  #process: ChildProcess | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(
    folder: string,
    port: number,
    options: PostgresOptions,
    password = randomBytes(16).toString('hex'),
  ) {
    this.folder = folder;
    this.#password = password;
    this.#dataFolder = options.dataFolder ?? join(folder, 'data');
    this.port = port;
    this.#guard = new ServerGuard(folder, 'QUIT');
    this.#binaries = postgresBinaries(folder);
    this.version = this.#binaries.version;
    this.#user = serverUser();
    this.#environment = options.environment ?? {};
    this.#settings = {
      listen_addresses: this.host,
      unix_socket_directories: '',
      fsync: (options.fsync ?? true) ? 'on' : 'off',
      ...options.settings,
      port: String(port),
    };
  }

  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    const server = new PostgresServer(makeFolder(), await freePort(), options);
    try {
      await server.#initialize(options.collation ?? 'icu');
      await server.#launch();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** The process id of the postmaster, or undefined while it is down. */
  get pid(): number | undefined {
    return isUp(this.#process) ? this.#process.pid : undefined;
  }

  get log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  url(database = 'postgres'): string {
    return `postgres://postgres:${this.#password}@${this.host}:${this.port}/${database}`;
  }

  /** Ends the server and removes its folder: so at once, without the checkpoint of an orderly end. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end('SIGQUIT').then(() => this.#guard.clean());
    return this.#stopped;
  }

  /** Stops, unless it is down already, and starts on the same port; `immediate` leaves recovery to the start. */
  async restart(options: { readonly immediate?: boolean } = {}): Promise<void> {
    await this.#end(options.immediate ? 'SIGQUIT' : 'SIGINT');
    await this.#launch();
  }

  /** Another server, which follows this one; this one is down while its data are copied. */
  async addStandby(name: string): Promise<PostgresServer> {
    const { port: _, ...settings } = this.#settings;
    const standby = new PostgresServer(
      makeFolder(),
      await freePort(),
      { settings: { ...settings, wal_retrieve_retry_interval: '100ms' } },
      this.#password,
    );
    await this.#end('SIGINT');
    execFileSync('cp', ['-a', this.#dataFolder, standby.#dataFolder]);
    await this.#launch();
    standby.#follow(this, name);
    await standby.#launch();
    return standby;
  }

  #follow({ host, port }: PostgresServer, name: string): void {
    const from = `host=${host} port=${port} user=postgres password=${this.#password} application_name=${name}`;
    appendFileSync(join(this.#dataFolder, 'postgresql.auto.conf'), `primary_conninfo = '${from}'\n`);
    writeFileSync(join(this.#dataFolder, 'standby.signal'), '');
  }

  /** What the kernel does when memory runs out, to every process of the server at once. `restart` brings it back. */
  async kill9(): Promise<void> {
    const postmaster = this.pid;
    if (postmaster === undefined) return;
    process.kill(postmaster, 'SIGSTOP'); // it must not fork while its children are being counted
    const backends = childrenOf(postmaster);
    for (const backend of backends) process.kill(backend, 'SIGKILL');
    await this.#end('SIGKILL');
    // The shared memory must be free before the next start, and the killed are no longer ours to wait for.
    while (backends.some(isRunning)) await delay(5);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #initialize(collation: 'icu' | 'libc'): Promise<void> {
    const passwordFile = join(this.folder, 'password');
    writeFileSync(passwordFile, this.#password, { mode: 0o600 });
    mkdirSync(this.#dataFolder, { mode: 0o700 });
    if (this.#user !== undefined) {
      chownSync(passwordFile, this.#user.uid, this.#user.gid);
      chownSync(this.#dataFolder, this.#user.uid, this.#user.gid);
    }
    const locale =
      collation === 'icu'
        ? ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US']
        : ['--locale=C.UTF-8'];
    const initdb = this.#spawn('initdb', [
      `--pgdata=${this.#dataFolder}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--no-sync',
      ...locale,
    ]);
    const [code] = await once(initdb, 'exit');
    if (code !== 0) throw new Error(`initdb failed:\n${this.log}`);
    rmSync(passwordFile);
  }

  async #launch(): Promise<void> {
    if (this.#stopped !== undefined) throw new Error('this PostgreSQL was stopped, and its folder is gone');
    const settings = Object.entries(this.#settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const postmaster = this.#spawn('postgres', ['-D', this.#dataFolder, ...settings]);
    postmaster.unref();
    this.#process = postmaster;
    while (!this.#isReady(postmaster)) {
      if (!isUp(postmaster)) throw new Error(`PostgreSQL ended while starting:\n${this.log.slice(-4000)}`);
      await delay(5);
    }
  }

  /** The last line of this file is how the server tells pg_ctl that it accepts connections. */
  #isReady(postmaster: ChildProcess): boolean {
    const file = join(this.#dataFolder, 'postmaster.pid');
    const lines = readdirSync(this.#dataFolder).includes('postmaster.pid')
      ? readFileSync(file, 'utf8').split('\n')
      : [];
    return lines[0] === String(postmaster.pid) && lines[7]?.trim() === 'ready';
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const postmaster = this.#process;
    if (!isUp(postmaster)) return;
    postmaster.ref();
    const exited = once(postmaster, 'exit');
    postmaster.kill(signal);
    await exited;
    this.#guard.watchNothing();
  }

  #spawn(program: 'initdb' | 'postgres', args: readonly string[]): ChildProcess {
    const log = openSync(join(this.folder, 'log'), 'a');
    const options: SpawnOptions = {
      cwd: this.folder,
      detached: true,
      env: { PATH: process.env.PATH, LC_ALL: 'C', ...this.#environment },
      stdio: ['ignore', log, log],
      ...this.#user,
    };
    const child = spawn(join(this.#binaries.folder, program), args, options);
    closeSync(log);
    if (child.pid !== undefined) this.#guard.watch(child.pid);
    return child;
  }
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-postgres-'));
  chmodSync(folder, 0o711); // the server's user must get through, and mkdtemp makes 0700
  return folder;
}

export function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  return PostgresServer.start(options);
}

/** Databases for the tests of one file, dropped when the file ends. */
export interface SharedPostgres {
  /** A new empty database; `name` is the beginning of its name, to recognize it by. */
  freshDatabase(name?: string): Promise<string>;
  /** Before the end of the file, for a suite that makes hundreds. Whoever is still connected is thrown out. */
  dropDatabase(url: string): Promise<void>;
}

let shared: SharedPostgres | undefined;

/**
 * Call it at the top of a test file, not in a test: the clean-up belongs to whatever is being defined at the first
 * call. The server starts with the first database.
 */
export function sharedPostgres(): SharedPostgres {
  shared ??= shareOneServer();
  return shared;
}

function shareOneServer(): SharedPostgres {
  const given = process.env.LABKEEP_TEST_POSTGRES_URL;
  const made = new Set<string>();
  let own: Promise<PostgresServer> | undefined;

  async function adminUrl(): Promise<string> {
    if (given) return given;
    own ??= startPostgres({ fsync: false });
    return (await own).url();
  }
  async function freshDatabase(name = 'test'): Promise<string> {
    const url = await createDatabase(await adminUrl(), name);
    made.add(url);
    return url;
  }
  async function dropDatabase(url: string): Promise<void> {
    made.delete(url);
    const name = new URL(url).pathname.slice(1);
    await administer(await adminUrl(), `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  }
  after(async () => {
    if (own !== undefined) await (await own).stop();
    else for (const url of made) await dropDatabase(url);
  });
  return { freshDatabase, dropDatabase };
}

/** Makes an empty database whose name begins with `name`, and gives its URL. */
export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  const unique = `${name}_${randomBytes(4).toString('hex')}`;
  // From template0, to which nobody can be connected: a connection to the template would make this fail.
  await administer(adminUrl, `CREATE DATABASE ${pg.escapeIdentifier(unique)} TEMPLATE template0`);
  const url = new URL(adminUrl);
  url.pathname = unique;
  return url.href;
}

async function administer(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function isUp(child: ChildProcess | undefined): child is ChildProcess {
  return child !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Read from /proc; where there is none, the backends are left to notice by themselves that their parent is dead. */
function childrenOf(parent: number): number[] {
  return processes().flatMap(({ pid, parent: its }) => (its === parent ? [pid] : []));
}

function isRunning(pid: number): boolean {
  return processes().some((one) => one.pid === pid && one.state !== 'Z');
}

function processes(): { readonly pid: number; readonly state: string; readonly parent: number }[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const [, state, parent] = /\) (\S) (\d+)/.exec(statOf(name)) ?? [];
      return state === undefined ? [] : [{ pid: Number(name), state, parent: Number(parent) }];
    });
}

/** Empty for a process that has ended since it was listed. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}
