/** The processes of a run, each started again after it was killed; and those that they start, found by the run’s folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export const labkeep = join(import.meta.dirname, '..', '..', 'bin', 'labkeep');

export interface ProcessOptions {
  readonly name: string;
  /** Another program than `labkeep`. */
  readonly program?: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

/** One program, kept alive: whatever kills it, it is back after the pause that the killer gave. */
export class KeptProcess {
  readonly name: string;
  readonly #options: ProcessOptions;
  #child: ChildProcess | null = null;
  #pauseMs = 0;
  #stopped = false;
  #kept: Promise<void> = Promise.resolve();
  /** Ends that nobody here had asked for. */
  readonly faults: string[] = [];
  #killed = false;

  constructor(options: ProcessOptions) {
    this.name = options.name;
    this.#options = options;
  }

  start(): void {
    this.#kept = this.#keep();
  }

  get isUp(): boolean {
    return this.#child !== null;
  }

  /** False if it is down already. */
  kill(pauseMs: number): boolean {
    const child = this.#child;
    if (child === null || this.#killed) return false;
    this.#pauseMs = pauseMs;
    this.#killed = true;
    return child.kill('SIGKILL');
  }

  /** Asks it to stop; answers with how it ended. */
  async stop(): Promise<number | string | null> {
    this.#stopped = true;
    const child = this.#child;
    if (child === null) {
      await this.#kept;
      return null;
    }
    child.kill('SIGTERM');
    await this.#kept;
    return child.exitCode ?? child.signalCode;
  }

  async #keep(): Promise<void> {
    while (!this.#stopped) {
      const said = await this.#live();
      if (this.#stopped) return;
      if (!this.#killed) this.faults.push(`${this.name} ended by itself: ${said}`);
      this.#killed = false;
      await delay(this.#pauseMs);
      this.#pauseMs = 200;
    }
  }

  /** From a start to the end; answers with the last that it said. */
  async #live(): Promise<string> {
    const { program = labkeep, args, env, folder } = this.#options;
    const child = spawn(program, args, { cwd: folder, env: { ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-2_000);
    });
    await once(child, 'close');
    this.#child = null;
    return said;
  }
}

export interface Found {
  readonly supervisors: readonly number[];
  readonly commands: readonly number[];
}

/** Supervisors and commands of this run, whoever their parent is by now. */
export function findStarted(folder: string): Found {
  const supervisors: number[] = [];
  const commands: number[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const words = wordsOf(pid);
    if (!words.some((word) => word.startsWith(folder))) continue;
    if (words.some((word) => word.includes('/supervisor/main'))) supervisors.push(Number(pid));
    else if (words[0] === 'sh' && words[3] === 'ledger-job') commands.push(Number(pid));
  }
  return { supervisors, commands };
}

/** False if it had ended by itself meanwhile. */
export function kill9(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function wordsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ESRCH';
}
