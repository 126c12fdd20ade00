import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import type { HeldLocks } from '@labkeep/client';
import { startErrorCode } from '../../recorder/signals.ts';
import { systemHost } from '../../worker/host.ts';
import { ownFile, sourceConditions } from '../../worker/own-file.ts';
import { identify, type ProcessIdentity } from '../../worker/supervisor/processes.ts';
import { type Doomed, endCommand, markVariable } from './end-command.ts';
import type { WatchOrder } from './watch-order.ts';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const termMsMax = 5_000;

/** A command that runs while locks are held, and not a moment longer. */
export class CommandUnderLock {
  readonly #command: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #termForMs: number;
  readonly #mark = randomUUID();
  /** With a terminal it stays in our group, where the keys reach it. */
  readonly #ownGroup = !(isatty(0) || isatty(1) || isatty(2));
  #watchdog: ChildProcess | null = null;

  /** Between the time at which a lease is given up and its end lies a sixth of it. */
  constructor(command: readonly string[], env: NodeJS.ProcessEnv, leaseMs: number) {
    this.#command = command;
    this.#env = env;
    this.#termForMs = Math.min(leaseMs / 8, termMsMax);
  }

  /** The locks are safe for so long (ms) from now. */
  renewed(safeForMs: number): void {
    this.#watchdog ??= this.#startWatchdog();
    this.#tell({ kind: 'safe', untilBootMs: systemHost.bootMs() + safeForMs });
  }

  async run(
    { lock, epoch, signal }: HeldLocks,
    onStart: (child: ChildProcess) => void,
    onFailure: (error: NodeJS.ErrnoException) => void,
  ): Promise<Ending> {
    const [program = '', ...words] = this.#command;
    const env = {
      ...this.#env,
      LABKEEP_LOCK: lock.lock,
      LABKEEP_LOCK_EPOCH: String(epoch),
      [markVariable]: this.#mark,
    };
    // Who is killed in the moment of the start leaves a command that is found by its mark.
    this.#watch(null);
    const child = spawn(program, words, { stdio: 'inherit', env, detached: this.#ownGroup });
    const doomed = this.#watch(child.pid === undefined ? null : identify(child.pid));
    const { promise, resolve } = Promise.withResolvers<Ending>();
    child.once('exit', (code, by) => resolve({ code, signal: by }));
    child.once('error', (error: NodeJS.ErrnoException) => {
      onFailure(error);
      resolve({ code: startErrorCode(error), signal: null });
    });
    onStart(child);
    let ending: Promise<void> = Promise.resolve();
    const end = (): void => {
      ending = endCommand(doomed, this.#termForMs, systemHost);
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    const ended = await promise;
    signal.removeEventListener('abort', end);
    await ending;
    this.done();
    return ended;
  }

  /** Nothing is to be watched any more. */
  done(): void {
    this.#tell({ kind: 'done' });
    this.#watchdog?.stdin?.end();
    this.#watchdog = null;
  }

  #watch(leader: ProcessIdentity | null): Doomed {
    const doomed = { leader, ownGroup: this.#ownGroup, mark: this.#mark };
    this.#tell({ kind: 'watch', doomed, termForMs: this.#termForMs });
    return doomed;
  }

  #tell(order: WatchOrder): void {
    this.#watchdog?.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  #startWatchdog(): ChildProcess {
    const file = fileURLToPath(ownFile('./watchdog', import.meta.url));
    const watchdog = spawn(process.execPath, [...sourceConditions(import.meta.url), file], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
      env: { ...this.#env, NODE_OPTIONS: '' },
    });
    watchdog.on('error', ignoreEnd);
    watchdog.stdin.on('error', ignoreEnd);
    watchdog.unref();
    return watchdog;
  }
}

/** Without it, this process still ends its command in time, as long as it runs itself. */
function ignoreEnd(error: NodeJS.ErrnoException): void {
  process.stderr.write(
    `labkeep: nobody watches over this lock should this process be stopped: ${error.message}\n`,
  );
}
