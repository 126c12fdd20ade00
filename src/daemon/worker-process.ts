/**
 * The worker of `up`: a process of its own, started again when it dies. It hears by its channel to this process when
 * this one is gone, however that ended; Ctrl-C in the terminal does not reach it, for it leads a session of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Log } from '../ports/log.ts';
import type { Timers } from '../ports/timers.ts';
import { mainFile } from './main-file.ts';

export interface WorkerProcessOptions {
  /** What `labkeep worker` is told. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timers: Timers;
  readonly log: Log;
  readonly now: () => number;
}

const restartMs = { first: 500, longest: 30_000, forgivenAfter: 60_000 } as const;
/** A worker that has not stopped by then is killed: the server has promised to be gone soon. */
const stopMsMax = 4_000;

export class WorkerProcess {
  readonly #options: WorkerProcessOptions;
  #child: ChildProcess | null = null;
  #cancelRestart = (): void => undefined;
  #deaths = 0;
  #stopping = false;

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
    this.#start();
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelRestart();
    const child = this.#child;
    if (child === null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const cancel = this.#options.timers.after(stopMsMax, () => {
      this.#options.log.warn({}, 'the worker did not stop in time and was killed');
      child.kill('SIGKILL');
    });
    await gone;
    cancel();
  }

  #start(): void {
    const { args, env, log, now } = this.#options;
    const startedAt = now();
    const child = spawn(process.execPath, [...process.execArgv, mainFile, 'worker', ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
      env: own(env),
    });
    this.#child = child;
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => log.warn({ said: text }, 'the worker spoke'));
    child.once('error', (error) => this.#died(startedAt, { error }));
    child.once('exit', (code, signal) => this.#died(startedAt, { code, signal }));
  }

  #died(startedAt: number, how: object): void {
    if (this.#child === null) return;
    this.#child = null;
    if (this.#stopping) return;
    const { log, now, timers } = this.#options;
    if (now() - startedAt > restartMs.forgivenAfter) this.#deaths = 0;
    const pauseMs = Math.min(restartMs.first * 2 ** this.#deaths, restartMs.longest);
    this.#deaths += 1;
    log.error({ ...how, pauseMs }, 'the worker died; it is started again');
    this.#cancelRestart = timers.after(pauseMs, () => this.#start());
  }
}

/** What this process was told by its environment is not for the worker: that belongs to this server, whatever it says. */
function own(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('LABKEEP_')));
}
