import { spawnSync } from 'node:child_process';
import { constants, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

/** A pipe: the end to read from, and the end to give away. */
export interface Pipe {
  readonly reader: Socket;
  readonly writeEnd: number;
}

/**
 * Real pipes for a command’s output. What Node itself gives to a child are sockets, and a program that opens
 * /dev/stdout or /dev/stderr then fails with ENXIO. A FIFO whose name is removed once both ends are open is a pipe
 * like any other. They are made several at a time, while the supervisor has nothing else to do.
 */
export class PipeStore {
  readonly #folder: string;
  #names: string[] = [];
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Makes sure that the next commands find theirs ready. */
  stock(): void {
    if (this.#names.length >= 2) return;
    const fresh = Array.from({ length: 32 }, () => join(this.#folder, `${process.pid}-${this.#made++}`));
    const made = spawnSync('mkfifo', ['-m', '600', ...fresh], {
      stdio: 'ignore',
      env: { PATH: defaultPath },
    });
    if (made.status === 0) this.#names = fresh;
    else fresh.forEach(removeName);
  }

  /** Null where the file system or the machine knows no FIFOs. */
  take(): Pipe | null {
    if (this.#names.length === 0) this.stock();
    const name = this.#names.pop();
    if (name === undefined) return null;
    // In this order: opening for reading does not wait for a writer, and opening for writing then finds its reader.
    const readEnd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(name, constants.O_WRONLY);
    removeName(name);
    return { reader: new Socket({ fd: readEnd, readable: true, writable: false }), writeEnd };
  }

  clear(): void {
    this.#names.forEach(removeName);
    this.#names = [];
  }
}

/** Removes the pipes of supervisors that are gone. */
export function clearStalePipes(folder: string, runs: (pid: number) => boolean): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder))
    if (!runs(Number(name.split('-')[0]))) removeName(join(folder, name));
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function removeName(path: string): void {
  rmSync(path, { force: true });
}
