/** A worker of the simulation: the production worker on a simulated machine. */

import type { Log } from '../../src/ports/log.ts';
import type { Offer, WorkerConnection } from '../../src/worker/connection.ts';
import { rest } from '../../src/worker/host.ts';
import { createWorker, type HandlerContext, type Worker } from '../../src/worker/worker.ts';
import { Process } from './clockwork.ts';
import { killAfterMs } from './commands.ts';
import { scriptOf, wishesOf } from './lab.ts';
import { Machine, type MachineOptions } from './machine.ts';
import type { Network } from './network.ts';

export interface WorkerOptions extends MachineOptions {
  readonly network: Network;
  readonly servers: readonly string[];
  readonly log: Log;
}

export const task = 'compute';

const callMs = 5_000;
const claimWaitMs = 10_000;

export class SimulatedWorker {
  readonly name: string;
  readonly machine: Machine;
  readonly #options: WorkerOptions;
  readonly #capacity: number;
  process: Process;
  #worker: Worker | null = null;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.name = options.name;
    this.machine = new Machine(options);
    this.#capacity = options.chance.between(1, 3);
    this.process = new Process(options.clockwork, this.name);
    this.process.kill();
  }

  /** Starts it, unless it runs or is stopped in its tracks. */
  start(): void {
    if (!this.process.isDead) return;
    const process = new Process(this.#options.clockwork, this.name);
    this.process = process;
    const worker = createWorker({
      server: { url: 'simulated:', token: '' },
      name: this.name,
      capacity: this.#capacity,
      folder: this.name,
      environment: {},
      log: this.#options.log,
      host: this.machine.host(process),
      machine: this.machine.portOf(process, () => this.#connect(process)),
      limits: { claimWaitMs, callMs, killAfterMs },
    });
    worker.handle(task, (job, context) => this.#handle(process, job, context));
    this.#worker = worker;
    void worker.start();
  }

  /** It runs, and has nothing more to tell. */
  get isIdle(): boolean {
    return this.process.isRunning && this.machine.disk.unacknowledged === 0;
  }

  /** As somebody does who stops it: what runs may come to its end, then the process is gone. */
  async leave(graceMs: number): Promise<void> {
    const { process } = this;
    if (process.isDead) return;
    await this.#worker?.stop({ graceMs });
    process.kill();
  }

  async #handle(process: Process, job: Offer, { signal }: HandlerContext): Promise<undefined> {
    const { ledger } = this.#options;
    const locks = wishesOf(job.databases);
    const run = ledger.start({
      job: job.job,
      attemptNumber: job.attemptNumber,
      epoch: job.epoch,
      worker: this.name,
      endsWithLease: job.onLost === 'retry' || locks.length > 0,
      locks,
      process,
    });
    process.whenKilled(() => ledger.end(run, 'killed'));
    const { forMs, exitCode } = scriptOf(job);
    await rest(process.timers, forMs, signal);
    ledger.end(run, signal.aborted ? 'killed' : exitCode === 0 ? 'succeeded' : 'failed');
    if (signal.aborted || exitCode !== 0) throw new Error(`ended with ${exitCode}`);
    return undefined;
  }

  /** Goes to the next server when one does not answer. */
  #connect(process: Process): WorkerConnection {
    const { network, servers } = this.#options;
    let at = 0;
    const call = async (verb: string, body: unknown, options: { signal: AbortSignal; timeoutMs: number }) => {
      const from = { name: this.name, process };
      try {
        return (await network.call(from, servers[at % servers.length] ?? '', verb, body, options)) as never;
      } catch (error) {
        at += 1;
        throw error;
      }
    };
    return {
      register: (body, limits) => call('register', body, limits),
      claim: (body, { signal, timeoutMs }) =>
        call('claim', body, { signal, timeoutMs: timeoutMs + (body.waitMs ?? 0) }),
      confirm: (body, limits) => call('confirm', body, limits),
      renew: (body, limits) => call('renew', body, limits),
      output: (body, limits) => call('output', body, limits),
      finish: (body, limits) => call('finish', body, limits),
    };
  }
}
