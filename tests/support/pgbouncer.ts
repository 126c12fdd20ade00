/** PgBouncer in front of a PostgreSQL, giving out a connection for each transaction. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { serverUser } from './postgres-binaries.ts';
import { ServerGuard } from './server-guard.ts';

const program = process.env.LABKEEP_TEST_PGBOUNCER ?? '/usr/sbin/pgbouncer';

/** Why it cannot be started here; `.ci/run` installs it. */
export const pgbouncerUnavailable = existsSync(program) ? undefined : `there is no ${program}`;

export class Pgbouncer {
  readonly #process: ChildProcess;
  readonly #guard: ServerGuard;
  readonly #port: number;

  private constructor(folder: string, port: number) {
    this.#guard = new ServerGuard(folder, 'TERM');
    this.#port = port;
    const options = { cwd: folder, detached: true, stdio: 'ignore', ...serverUser() } as const;
    this.#process = spawn(program, [join(folder, 'ini')], options);
    if (this.#process.pid !== undefined) this.#guard.watch(this.#process.pid);
  }

  /** So many connections to the server at most, for each database. */
  static async start(serverUrl: string, connections: number): Promise<Pgbouncer> {
    const { hostname, port, username, password } = new URL(serverUrl);
    const folder = mkdtempSync(join(tmpdir(), 'labkeep-pgbouncer-'));
    chmodSync(folder, 0o711);
    const own = await freePort();
    const settings = {
      listen_addr: '127.0.0.1',
      listen_port: own,
      auth_type: 'trust',
      auth_file: join(folder, 'users'),
      pool_mode: 'transaction',
      default_pool_size: connections,
      unix_socket_dir: '',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    const databases = `* = host=${hostname} port=${port}`;
    writeFileSync(join(folder, 'ini'), ['[databases]', databases, '[pgbouncer]', ...lines, ''].join('\n'));
    writeFileSync(join(folder, 'users'), `"${username}" "${password}"\n`);
    const pooler = new Pgbouncer(folder, own);
    while (!(await listens(own))) {
      if (pooler.#process.exitCode !== null) throw new Error('pgbouncer ended while starting');
      await delay(10);
    }
    return pooler;
  }

  /** The same database, by way of the pooler. */
  url(direct: string): string {
    const url = new URL(direct);
    url.port = String(this.#port);
    return url.href;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
      this.#guard.watchNothing();
    }
    await this.#guard.clean();
  }
}

function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
