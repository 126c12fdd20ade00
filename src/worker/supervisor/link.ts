import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownFile } from '../own-file.ts';
import { LineCutter } from './lines.ts';
import { type Hint, type Order, readHint } from './order.ts';

export function pipesFolder(folder: string): string {
  return join(folder, 'pipes');
}

export function supervisorLog(folder: string): string {
  return join(folder, 'supervisors.log');
}

/** A supervisor as its worker sees it: a process that takes one order at a time. */
export class SupervisorLink {
  /** Resolves when the process is gone, for whatever reason. */
  readonly gone: Promise<void>;
  readonly #process: ChildProcess;
  readonly #lines = new LineCutter();
  #alive = true;
  #onHint: (hint: Hint) => void = () => undefined;

  constructor(folder: string) {
    const log = openSync(supervisorLog(folder), 'a', 0o600);
    const entry = ownFile('./main', import.meta.url);
    const cacheDirectory = getCompileCacheDir();
    // Few megabytes each: a supervisor holds no more than what it is just passing on.
    this.#process = spawn(
      process.execPath,
      ['--max-semi-space-size=1', fileURLToPath(entry), pipesFolder(folder)],
      {
        cwd: '/',
        env: cacheDirectory === undefined ? {} : { NODE_COMPILE_CACHE: cacheDirectory },
        detached: true,
        stdio: ['pipe', 'pipe', log],
      },
    );
    closeSync(log);
    const gone = Promise.withResolvers<void>();
    this.gone = gone.promise;
    const end = (): void => {
      this.#alive = false;
      this.#process.stdin?.destroy();
      gone.resolve();
    };
    this.#process.once('exit', end);
    this.#process.once('error', end);
    // Its end is told by the exit.
    this.#process.stdin?.on('error', () => undefined);
    this.#process.stdout?.on('data', (chunk: Buffer) => {
      for (const line of this.#lines.push(chunk)) {
        const hint = readHint(line);
        if (hint !== null) this.#onHint(hint);
      }
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Resolves when the order is done, or the supervisor gone: the attempt’s folder tells which. */
  async run(order: Order, onHint: (hint: Hint) => void): Promise<void> {
    const ended = Promise.withResolvers<void>();
    this.#onHint = (hint) => {
      if (hint === 'ended') ended.resolve();
      else onHint(hint);
    };
    this.#process.stdin?.write(`${JSON.stringify(order)}\n`);
    await Promise.race([ended.promise, this.gone]);
    this.#onHint = () => undefined;
  }

  /** It ends once it is idle, and from now on keeps nobody waiting. */
  dismiss(): void {
    this.#process.stdin?.end();
    this.#process.unref();
    if (this.#process.stdout instanceof Socket) this.#process.stdout.unref();
  }

  /** Its end is waited for, so it has to keep this process alive until then. */
  waitFor(): Promise<void> {
    if (this.#alive) this.#process.ref();
    return this.gone;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
