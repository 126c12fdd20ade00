import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LabkeepClient } from '@labkeep/client';
import { ServerGuard } from '../../tests/support/server-guard.ts';
import { instant } from '../support/labkeep-home.ts';

const program = fileURLToPath(new URL('../../bin/labkeep', import.meta.url));

export interface WorkerWish {
  readonly name: string;
  readonly slots: number;
  readonly urls: readonly string[];
  readonly token: string;
}

/** A worker as users start it, with a folder of its own. */
export class WorkerProcess implements AsyncDisposable {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #guard: ServerGuard;

  constructor({ name, slots, urls, token }: WorkerWish) {
    const folder = mkdtempSync(join(tmpdir(), 'labkeep-bench-worker-'));
    const servers = urls.flatMap((url) => ['--server', url]);
    this.name = name;
    this.#guard = new ServerGuard(folder, 'TERM');
    this.#process = spawn(
      program,
      ['worker', '--name', name, '--slots', String(slots), '--folder', folder, ...servers],
      { detached: true, stdio: 'ignore', env: { ...process.env, LABKEEP_TOKEN: token } },
    );
    if (this.#process.pid !== undefined) this.#guard.watch(this.#process.pid);
  }

  async registered(client: LabkeepClient): Promise<void> {
    while (!(await client.workers.list()).items.some(({ name }) => name === this.name)) {
      if (this.#process.exitCode !== null) throw new Error(`${this.name} ended by itself`);
      await delay(20);
    }
  }

  /** The worker alone: what it started finds out by itself. Gives the instant from before it. */
  async kill9(): Promise<number> {
    const killedAt = instant();
    await this.#end('SIGKILL');
    return killedAt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGTERM');
    await this.#guard.clean();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const worker = this.#process;
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    const exited = once(worker, 'exit');
    worker.kill(signal);
    await exited;
    this.#guard.watchNothing();
  }
}
