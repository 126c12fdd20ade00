import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../tests/support/free-port.ts';
import { Pgbouncer, pgbouncerUnavailable } from '../../tests/support/pgbouncer.ts';
import { postgresUnavailable, startPostgres } from '../../tests/support/postgres.ts';
import { ServerGuard } from '../../tests/support/server-guard.ts';
import { LabkeepHome } from './labkeep-home.ts';

/*
 * The stores that benches run on: each measurement gets a new, empty one. They lie in the system's temporary
 * folder; where that is in memory, TMPDIR must name a folder on a disk, or durability costs nothing.
 */

/** Of each server to its PostgreSQL. */
const connectionsMax = 10;

export type StoreKind =
  | 'postgres'
  | 'postgres-many'
  | 'redis-everysec'
  | 'redis-always'
  | 'folder'
  | 'labkeep'
  | 'labkeep-postgres'
  | 'labkeep-postgres-two'
  | 'labkeep-pooler'
  | 'labkeep-pooler-two';

export interface Store extends AsyncDisposable {
  /** An address, or a folder; of several servers their data folders, as `foldersOf` takes them apart. */
  readonly connection: string;
  /** What the store is, as a reader of the figures would call it. */
  readonly name: string;
}

/** Why a store of this kind cannot be started here, or undefined if it can. */
export function storeUnavailable(kind: StoreKind): string | undefined {
  if (kind === 'folder' || kind === 'labkeep') return undefined;
  if (kind.includes('pooler')) return postgresUnavailable() ?? pgbouncerUnavailable;
  if (kind.includes('postgres')) return postgresUnavailable();
  const { error } = spawnSync('redis-server', ['--version']);
  return error === undefined
    ? undefined
    : 'redis-server is not installed (Debian: apt-get install redis-server)';
}

export function startStore(kind: StoreKind): Promise<Store> {
  switch (kind) {
    case 'postgres':
      return startStockPostgres();
    case 'postgres-many':
      return startStockPostgres({ max_connections: '300' });
    case 'redis-everysec':
      return startRedis('everysec');
    case 'redis-always':
      return startRedis('always');
    case 'folder':
      return makeFolder();
    case 'labkeep':
      return startLabkeepAlone();
    case 'labkeep-postgres':
      return startLabkeepOnPostgres({ servers: 1, pooler: false });
    case 'labkeep-postgres-two':
      return startLabkeepOnPostgres({ servers: 2, pooler: false });
    case 'labkeep-pooler':
      return startLabkeepOnPostgres({ servers: 1, pooler: true });
    case 'labkeep-pooler-two':
      return startLabkeepOnPostgres({ servers: 2, pooler: true });
  }
}

export function foldersOf(connection: string): readonly string[] {
  return connection.split(delimiter);
}

/** As Debian would set it up: fsync, and text compared by bytes as in its containers. */
async function startStockPostgres(settings: Readonly<Record<string, string>> = {}): Promise<Store> {
  const server = await startPostgres({ collation: 'libc', settings });
  return {
    connection: server.url(),
    name: `PostgreSQL ${server.version}`,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** Its append-only file is all that is kept: `always` survives a power cut, `everysec` may lose the last second. */
async function startRedis(appendfsync: 'everysec' | 'always'): Promise<Store> {
  const unavailable = storeUnavailable('redis-always');
  if (unavailable !== undefined) throw new Error(unavailable);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-redis-'));
  const guard = new ServerGuard(folder, 'TERM');
  const log = openSync(join(folder, 'log'), 'a');
  const settings = { bind: '127.0.0.1', port, dir: folder, save: '', appendonly: 'yes', appendfsync };
  const server = spawn(
    'redis-server',
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    { cwd: folder, detached: true, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  if (server.pid !== undefined) guard.watch(server.pid);
  server.unref();
  try {
    await redisReady(server, port);
  } catch (error) {
    const said = readFileSync(join(folder, 'log'), 'utf8');
    await guard.clean();
    throw new Error(`redis-server did not start:\n${said}`, { cause: error });
  }
  return {
    connection: `redis://127.0.0.1:${port}`,
    name: `Redis, appendfsync ${appendfsync}`,
    [Symbol.asyncDispose]: () => guard.clean(),
  };
}

async function makeFolder(): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-bench-'));
  const guard = new ServerGuard(folder, 'TERM');
  return { connection: folder, name: 'a folder', [Symbol.asyncDispose]: () => guard.clean() };
}

/** Equal servers; with a pooler, which gives out a connection for each transaction, as docs/several-servers.md has it. */
async function startLabkeepOnPostgres(wish: {
  readonly servers: number;
  readonly pooler: boolean;
}): Promise<Store> {
  await using started = new AsyncDisposableStack();
  const database = started.use(await startStockPostgres());
  const storage = ['--storage', database.connection];
  if (wish.pooler) {
    const pooler = await Pgbouncer.start(database.connection, wish.servers * connectionsMax);
    started.defer(() => pooler.stop());
    storage.splice(1, 1, pooler.url(database.connection), '--pooler', '--hints', database.connection);
  }
  const folders: string[] = [];
  for (let server = 0; server < wish.servers; server += 1)
    folders.push(started.use(await startLabkeepAlone(storage)).connection);
  const running = started.move();
  return {
    connection: folders.join(delimiter),
    name: `Labkeep, ${wish.servers === 1 ? 'one server' : `${wish.servers} servers`}`,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A server without a worker; its data folder is where clients find address and token. */
async function startLabkeepAlone(storage: readonly string[] = []): Promise<Store> {
  const home = new LabkeepHome();
  try {
    await home.start(storage);
  } catch (error) {
    await home[Symbol.asyncDispose]();
    throw error;
  }
  return {
    connection: home.folder,
    name: 'Labkeep, one server',
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

async function redisReady(server: ChildProcess, port: number): Promise<void> {
  while ((await answerToPing(port)) !== '+PONG\r\n') {
    if (server.exitCode !== null || server.signalCode !== null) throw new Error('redis-server ended');
    await delay(10);
  }
}

/** Empty while nobody listens. */
async function answerToPing(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const outcome = Promise.withResolvers<boolean>();
  socket.once('connect', () => outcome.resolve(true));
  socket.once('error', () => outcome.resolve(false));
  if (!(await outcome.promise)) return '';
  socket.end('PING\r\n'); // half closed, so that the server closes when it has answered
  const [answer] = await Promise.all([text(socket), once(socket, 'close')]);
  return answer;
}
