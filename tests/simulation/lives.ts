/** What runs an attempt in a simulated worker: handlers as in production, commands as the machine has them. */
import type { Life } from '../../src/worker/attempt-life.ts';
import { untilAnswered } from '../../src/worker/calls.ts';
import type { Offer } from '../../src/worker/connection.ts';
import { holdsLocks } from '../../src/worker/database-variables.ts';
import { AttemptInHand, type Work } from '../../src/worker/hand.ts';
import { HandlerWork } from '../../src/worker/handler-work.ts';
import { rest } from '../../src/worker/host.ts';
import { endsWithLease, type Offered } from '../../src/worker/journal/facts.ts';
import type { LivesOptions } from '../../src/worker/lives.ts';
import { failed, interrupted, judgeCommand, type Report, unstarted } from '../../src/worker/outcome.ts';
import type { ProcessIdentity } from '../../src/worker/supervisor/processes.ts';
import type { Process } from './clockwork.ts';
import { Command, type Order } from './commands.ts';
import { scriptOf, wishesOf } from './lab.ts';
import type { Machine } from './machine.ts';

const findEveryMs = 20;
const lookEveryMs = 200;

export class SimulatedLives {
  readonly #machine: Machine;
  readonly #process: Process;
  readonly #options: LivesOptions;

  constructor(machine: Machine, process: Process, options: LivesOptions) {
    this.#machine = machine;
    this.#process = process;
    this.#options = options;
  }

  ofOffer(offer: Offer): Life {
    const attempt = new AttemptInHand(this.#factsOf(offer));
    const folder = this.#options.folders.of(attempt);
    if (offer.command === null) return this.#ofHandler(attempt, offer, folder);
    return this.#life(
      attempt,
      folder,
      this.#commandWork(attempt, folder, () => this.#start(offer, attempt, folder)),
    );
  }

  ofFacts(facts: Offered, supervisor: ProcessIdentity | null): Life {
    const attempt = new AttemptInHand(facts);
    const folder = this.#options.folders.of(facts);
    const adopted = supervisor === null ? null : this.#machine.commandIn(folder);
    return this.#life(
      attempt,
      folder,
      this.#commandWork(attempt, folder, () => adopted),
    );
  }

  /** Its supervisors outlive it. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #life(attempt: AttemptInHand, folder: string, work: Work): Life {
    const { connection, limits, patience } = this.#options;
    const finish = async (): Promise<void> => {
      const { attempt: name, epoch } = attempt;
      const chunks = [{ stream: 'stdout' as const, seq: 0, data: 'YQo=' }];
      await untilAnswered(
        patience,
        'output',
        () =>
          connection.output(
            { attempt: name, epoch, chunks },
            { signal: patience.signal, timeoutMs: limits.callMs },
          ),
        () => true,
      ).catch((error: unknown) => {
        if (patience.signal.aborted) throw error;
      });
    };
    const findings = { all: () => Promise.resolve({}) };
    return { attempt, folder, upload: { finish }, findings, work, named: () => [], leftTraces: () => true };
  }

  #ofHandler(attempt: AttemptInHand, job: Offer, folder: string): Life {
    const { settings, limits, lease, handlers } = this.#options;
    const handler = handlers.get(job.task ?? '');
    if (handler === undefined) throw new Error(`no handler for ${job.task}`);
    const work = new HandlerWork({
      attempt,
      job,
      handler,
      folder,
      capBytes: limits.outputCapBytes,
      host: settings.host,
      onProgress: (fraction, text, counts) => lease.progress(attempt, { fraction, text, counts }),
      onOutput: () => undefined,
    });
    return { ...this.#life(attempt, folder, work), leftTraces: () => false };
  }

  #start(offer: Offer, attempt: AttemptInHand, folder: string): Command | null {
    if (attempt.asked !== null) return null;
    const { lease } = this.#options;
    const needsLease = endsWithLease(attempt.facts);
    const order: Order = {
      folder,
      script: scriptOf(offer),
      facts: {
        job: offer.job,
        attemptNumber: offer.attemptNumber,
        epoch: offer.epoch,
        worker: this.#process.name,
        endsWithLease: needsLease,
        locks: wishesOf(offer.databases),
      },
      attemptMs: offer.limits.attemptMs ?? null,
      lease: needsLease ? { endsAtBootMs: lease.endsAtBootMs, safetyMs: lease.safetyMs } : null,
    };
    const command = new Command(this.#machine, this.#machine.clockwork, this.#machine.ledger, order);
    this.#machine.begin(command);
    return command;
  }

  /** As production attends to a command: waits for its end, ends it when asked, and judges what its folder tells. */
  #commandWork(attempt: AttemptInHand, folder: string, begin: () => Command | null): Work {
    const timers = this.#process.timers;
    let command: Command | null = null;
    let over = false;
    let wasInterrupted = false;
    const endings: Promise<void>[] = [];
    const end = async (withinMs: number): Promise<void> => {
      while (!over && command !== null && !command.isStarted) await rest(timers, findEveryMs);
      if (command === null || !command.isRunning) return;
      wasInterrupted = true;
      command.end(withinMs);
      while (command.isRunning) await rest(timers, findEveryMs);
    };
    return {
      run: async () => {
        command = begin();
        // What ends in a process of its own is noticed a little later.
        if (command !== null) {
          await command.over;
          await rest(timers, this.#machine.chance.between(1, lookEveryMs));
        }
        over = true;
        await Promise.all(endings);
        return this.#report(attempt, folder, wasInterrupted, command);
      },
      release: () => undefined,
      end: (withinMs) => void endings.push(end(withinMs)),
    };
  }

  async #report(
    attempt: AttemptInHand,
    folder: string,
    wasInterrupted: boolean,
    command: Command | null,
  ): Promise<Report> {
    const { onLost } = attempt.facts;
    const found = this.#machine.examine(folder);
    if (command !== null) this.#machine.commands.delete(command);
    switch (found.kind) {
      case 'ended':
        return judgeCommand(found.exit, wasInterrupted ? attempt.asked : null, onLost);
      case 'unstarted':
        return unstarted(attempt.asked);
      case 'running':
      case 'orphaned':
        command?.process.kill();
        return attempt.asked === null
          ? failed('worker_stopped', 'the process that watched over the command was killed')
          : interrupted(attempt.asked, onLost);
    }
  }

  #factsOf(offer: Offer): Offered {
    return {
      fact: 'offered',
      attempt: offer.attempt,
      epoch: offer.epoch,
      job: offer.job,
      kind: offer.command === null ? 'handler' : 'command',
      onLost: offer.onLost,
      ...(holdsLocks(offer) ? { locks: true as const } : {}),
      directory: '',
      outputs: [],
      boot: this.#options.boot,
    };
  }
}
