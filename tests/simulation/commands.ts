/** Commands and their supervisors, which outlive the worker that asked for them. */
import type { EndedBy, ExitRecord } from '../../src/worker/supervisor/attempt-folder.ts';
import { type Clockwork, Process } from './clockwork.ts';
import type { Script } from './lab.ts';
import type { Ledger, Run, RunFacts } from './ledger.ts';
import type { Machine } from './machine.ts';

export interface Order {
  readonly folder: string;
  readonly script: Script;
  readonly facts: Omit<RunFacts, 'process'>;
  readonly attemptMs: number | null;
  /** As the worker knows it at the start; null where nothing has to end with the lease. */
  readonly lease: { readonly endsAtBootMs: number; readonly safetyMs: number } | null;
}

const lookEveryMs = 1_000;
const startMsMax = 50;

/** A command, and the supervisor that starts it, watches over its lease, and writes down how it ended. */
export class Command {
  readonly supervisor: Process;
  /** The command itself, once it runs. */
  readonly process: Process;
  readonly #machine: Machine;
  readonly #ledger: Ledger;
  readonly #order: Order;
  readonly #over = Promise.withResolvers<void>();
  #run: Run | null = null;
  #ending = false;

  constructor(machine: Machine, clockwork: Clockwork, ledger: Ledger, order: Order) {
    this.#machine = machine;
    this.#ledger = ledger;
    this.#order = order;
    this.supervisor = new Process(clockwork, `supervisor of ${order.facts.job}`);
    this.process = new Process(clockwork, `command of ${order.facts.job}`);
    this.supervisor.timers.after(machine.chance.between(1, startMsMax), () => this.#start());
    this.supervisor.whenKilled(() => this.#over.resolve());
    this.process.whenKilled(() => this.#ended('killed'));
  }

  /** Resolves when the supervisor has said how it ended, or is gone. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  get isStarted(): boolean {
    return this.#run !== null;
  }

  get isRunning(): boolean {
    return this.#run !== null && this.#run.end === null;
  }

  get job(): string {
    return this.#order.facts.job;
  }

  /** Its supervisor is dead, and so is the worker that would have ended it for that. */
  forsake(): void {
    if (this.#run !== null && this.supervisor.isDead) this.#ledger.forsake(this.#run);
  }

  takeUp(): void {
    if (this.#run !== null) this.#ledger.takeUp(this.#run);
  }

  /** Asks it to end, and kills it if it has not after so long; some take their time. */
  end(killAfterMs: number, by: EndedBy | null = null): void {
    if (this.#ending || !this.isRunning) return;
    this.#ending = true;
    const lingers = this.#machine.chance.next() < 0.3 ? killAfterMs : this.#machine.chance.between(1, 100);
    this.process.timers.after(Math.min(lingers, killAfterMs), () => {
      this.#ended('killed');
      this.#write({ exitCode: null, signal: 'SIGTERM', error: null, endedBy: by });
    });
  }

  #start(): void {
    const { folder, script, facts, attemptMs } = this.#order;
    const traces = this.#machine.disk.folders.get(folder);
    if (traces === undefined || traces.gate !== null) {
      this.#over.resolve();
      return;
    }
    traces.gate = this;
    this.#run = this.#ledger.start({ ...facts, process: this.process });
    this.process.timers.after(script.forMs, () => {
      if (!this.isRunning) return;
      this.#ended(script.exitCode === 0 ? 'succeeded' : 'failed');
      this.#write({ exitCode: script.exitCode, signal: null, error: null, endedBy: null });
    });
    if (attemptMs !== null)
      this.supervisor.timers.after(attemptMs, () => this.end(killAfterMs, 'attempt_time_limit'));
    this.#watchLease();
  }

  /** As the supervisor does: it looks at the file in which the worker’s renewals move the end. */
  #watchLease(): void {
    const { lease } = this.#order;
    if (lease === null) return;
    const endsAt = this.#machine.disk.leaseEnd ?? lease.endsAtBootMs;
    const remainingMs = endsAt - lease.safetyMs - this.#machine.bootMs();
    if (remainingMs <= 0) this.end(Math.min(killAfterMs, lease.safetyMs / 2), 'lease_lost');
    else this.supervisor.timers.after(Math.min(remainingMs, lookEveryMs), () => this.#watchLease());
  }

  #ended(how: 'succeeded' | 'failed' | 'killed'): void {
    if (this.#run !== null) this.#ledger.end(this.#run, how);
  }

  /** A full disk is waited out. */
  #write(exit: ExitRecord): void {
    if (this.supervisor.isDead) return;
    const traces = this.#machine.disk.folders.get(this.#order.folder);
    if (this.#machine.disk.full) {
      this.supervisor.timers.after(1_000, () => this.#write(exit));
      return;
    }
    if (traces !== undefined) traces.exit = exit;
    this.supervisor.timers.after(1, () => this.#over.resolve());
  }
}

export const killAfterMs = 2_000;
