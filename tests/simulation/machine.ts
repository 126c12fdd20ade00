/** One computer of the simulation: its disk, its clock since the last start, and the processes on it. */
import type { WorkerConnection } from '../../src/worker/connection.ts';
import type { Found } from '../../src/worker/examine.ts';
import type { Host } from '../../src/worker/host.ts';
import { FolderHeldError } from '../../src/worker/journal/folder-hold.ts';
import { LeaseKeeper } from '../../src/worker/lease/keeper.ts';
import type { StartRenewing } from '../../src/worker/lease/messages.ts';
import type { Machine as MachinePort } from '../../src/worker/machine.ts';
import type { SeededChance } from '../crash-loop/chance.ts';
import type { Clockwork, Process } from './clockwork.ts';
import type { Command } from './commands.ts';
import { Disk } from './disk.ts';
import type { Ledger } from './ledger.ts';
import { SimulatedLives } from './lives.ts';

export interface MachineOptions {
  readonly name: string;
  readonly clockwork: Clockwork;
  readonly chance: SeededChance;
  readonly ledger: Ledger;
  readonly clock: { now(): number };
}

export class Machine {
  readonly name: string;
  readonly chance: SeededChance;
  readonly disk: Disk;
  readonly commands = new Set<Command>();
  readonly clockwork: Clockwork;
  readonly ledger: Ledger;
  readonly #clock: { now(): number };
  #worker: Process | null = null;
  #boots = 1;
  #bootedAt: number;
  #holder: Process | null = null;

  constructor({ name, clockwork, chance, ledger, clock }: MachineOptions) {
    this.name = name;
    this.clockwork = clockwork;
    this.chance = chance;
    this.ledger = ledger;
    this.#clock = clock;
    this.disk = new Disk(chance);
    this.#bootedAt = clockwork.now - chance.between(0, 10_000_000);
  }

  bootMs(): number {
    return this.clockwork.now - this.#bootedAt;
  }

  /** All processes of the machine that are not the worker’s own. */
  get processes(): readonly Process[] {
    return [...this.commands].flatMap(({ supervisor, process }) => [supervisor, process]);
  }

  /**
   * A supervisor, or the worker, was killed or stopped. Where both are, their command goes on beyond its lease: nobody is
   * left on the machine who could end it.
   */
  forsake(): void {
    if (this.#worker?.isRunning !== true) for (const command of this.commands) command.forsake();
  }

  /** The worker was started again, or goes on. */
  takeUp(): void {
    for (const command of this.commands) command.takeUp();
  }

  begin(command: Command): void {
    this.commands.add(command);
    command.supervisor.whenKilled(() => this.forsake());
  }

  cutPower(worker: Process): void {
    worker.kill();
    for (const process of this.processes) process.kill();
    this.commands.clear();
    this.disk.losePower();
    this.#boots += 1;
    this.#bootedAt = this.clockwork.now;
  }

  host(process: Process): Host {
    return {
      bootMs: () => this.bootMs(),
      clock: this.#clock,
      chance: this.chance,
      timers: process.timers,
    };
  }

  /** The port by which a worker in this process meets the machine. */
  portOf(process: Process, connect: () => WorkerConnection): MachinePort {
    const { disk } = this;
    this.#worker = process;
    process.whenKilled(() => this.forsake());
    this.takeUp();
    return {
      bootId: () => `${this.name} ${this.#boots}`,
      names: () => ({ host: this.name, account: null }),
      instanceOf: () => this.name,
      connect: async () => connect(),
      holdFolder: (folder) => {
        if (this.#holder !== null && !this.#holder.isDead) throw new FolderHeldError(folder, '');
        this.#holder = process;
        return {
          release: () => {
            if (this.#holder === process) this.#holder = null;
          },
        };
      },
      openFolders: () => ({
        of: ({ attempt, epoch }) => `${attempt}@${epoch}`,
        scratch: (offer) => `scratch ${offer.attempt}`,
        make: (folder) => {
          if (disk.full) throw new Error('no space left on device');
          if (!disk.folders.has(folder)) disk.folders.set(folder, { gate: null, exit: null });
        },
        remove: async (folder) => {
          if (!process.isDead) disk.folders.delete(folder);
        },
        tidy: () => undefined,
        strays: (known) => [...disk.folders.keys()].filter((folder) => !known.has(folder)),
      }),
      openJournalFile: () => disk.journalOf(process),
      forgetLeaseEnd: () => {
        disk.leaseEnd = null;
      },
      startRenewing: this.#renewingIn(process, connect),
      openLives: (options) => new SimulatedLives(this, process, options),
      examine: (folder) => this.examine(folder),
      endOrphan: async (folder) => {
        const command = this.#commandIn(folder);
        if (command === null) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        process.timers.after(this.chance.between(1, 100), () => {
          command.process.kill();
          resolve();
        });
        return promise;
      },
    };
  }

  /** What became of a command, as its folder and the processes tell. */
  examine(folder: string): Found {
    const traces = this.disk.folders.get(folder);
    if (traces === undefined) return { kind: 'unstarted' };
    if (traces.exit !== null) return { kind: 'ended', exit: traces.exit };
    traces.gate ??= 'closed';
    if (traces.gate === 'closed') return { kind: 'unstarted' };
    if (traces.gate.supervisor.isDead) return { kind: 'orphaned' };
    return { kind: 'running', supervisor: { pid: 1, startTicks: folder } };
  }

  commandIn(folder: string): Command | null {
    return this.#commandIn(folder);
  }

  #commandIn(folder: string): Command | null {
    const gate = this.disk.folders.get(folder)?.gate ?? null;
    return gate === 'closed' ? null : gate;
  }

  /** The production keeper, in the worker’s own process: it is stopped with it, and never held up by it. */
  #renewingIn(process: Process, connect: () => WorkerConnection): StartRenewing {
    return (settings, host, ears) => {
      const keeper = new LeaseKeeper({
        connection: connect(),
        host,
        safetyMs: settings.safetyMs,
        writeEnd: (endsAtBootMs) => {
          if (!process.isDead) this.disk.leaseEnd = endsAtBootMs;
        },
        tell: (message) => void process.timers.after(0, () => ears.tell(message)),
      });
      const gone = keeper.run().catch((error: unknown) => ears.failed(error));
      return {
        tell: (message) => void process.timers.after(0, () => keeper.receive(message)),
        gone,
        terminate: async () => undefined,
      };
    };
  }
}
