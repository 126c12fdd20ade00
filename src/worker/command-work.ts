/** A command at hand, whether this process started it or a former one of the same worker did. */
import { StoppedError } from './calls.ts';
import { endOrphan, examine } from './examine.ts';
import type { AttemptInHand, Work } from './hand.ts';
import { type Host, rest } from './host.ts';
import { failed, interrupted, judgeCommand, type Report, unstarted } from './outcome.ts';
import { readCommand, readExit } from './supervisor/attempt-folder.ts';
import { endEverything } from './supervisor/end-group.ts';
import type { Hint, Order } from './supervisor/order.ts';
import type { SupervisorPool } from './supervisor/pool.ts';
import { isRunning, type ProcessIdentity } from './supervisor/processes.ts';

export interface CommandOptions {
  readonly attempt: AttemptInHand;
  readonly folder: string;
  readonly host: Host;
  readonly killAfterMs: number;
  /** Aborted when the worker leaves behind what it could not end; a later start finds it. */
  readonly signal: AbortSignal;
  /** There is more output in the folder. */
  readonly onOutput: () => void;
  readonly attendance: Attendance;
}

/** How the command is attended to. */
export interface Attendance {
  /** Resolves when the command has ended or its supervisor is gone. */
  run(onHint: (hint: Hint) => void): Promise<void>;
  release(): void;
  /** The command was not started, and now never will be. Whether the job may be tried again, uncounted. */
  mayBeReturned(): boolean;
}

const lookEveryMs = 200;
const findEveryMs = 20;

/** Runs an order under a supervisor of the pool. */
export function attendSupervised(
  pool: SupervisorPool,
  attempt: AttemptInHand,
  orderNow: () => Order,
): Attendance {
  // Taken at once: a supervisor that is not there yet starts while the offer is being confirmed.
  const link = pool.take();
  return {
    run: async (onHint) => {
      try {
        if (attempt.asked === null)
          await link.run(orderNow(), (hint) => {
            if (hint === 'started') pool.started();
            onHint(hint);
          });
      } finally {
        pool.giveBack(link);
      }
    },
    release: () => pool.giveBack(link),
    mayBeReturned: () => pool.unstarted(),
  };
}

/** Watches a command whose supervisor was started by a former process of the worker, through its folder. */
export function attendAdopted(
  folder: string,
  supervisor: ProcessIdentity,
  host: Host,
  signal: AbortSignal,
): Attendance {
  return {
    run: async (onHint) => {
      while (!signal.aborted && readExit(folder) === null && isRunning(supervisor)) {
        onHint('output');
        await rest(host.timers, lookEveryMs, signal);
      }
    },
    release: () => undefined,
    mayBeReturned: () => true,
  };
}

export class CommandWork implements Work {
  readonly #options: CommandOptions;
  readonly #endings: Promise<void>[] = [];
  #over = false;
  #wasInterrupted = false;

  constructor(options: CommandOptions) {
    this.#options = options;
  }

  async run(): Promise<Report> {
    const { attendance, onOutput, signal } = this.#options;
    const attended = attendance.run((hint) => {
      if (hint === 'output') onOutput();
    });
    const over = attended.then(() => {
      this.#over = true;
      return Promise.all(this.#endings);
    });
    await unlessAborted(over, signal);
    return this.#report();
  }

  release(): void {
    this.#options.attendance.release();
  }

  end(killAfterMs: number): void {
    this.#endings.push(this.#end(killAfterMs));
  }

  async #end(killAfterMs: number): Promise<void> {
    const { folder, host } = this.#options;
    const leader = await this.#findLeader();
    if (leader === null) return;
    this.#wasInterrupted ||= isRunning(leader);
    await endEverything({ leader, mark: folder }, killAfterMs, host);
  }

  /** The command’s process; waits while it is being started. Null if it has ended, or was never started. */
  async #findLeader(): Promise<ProcessIdentity | null> {
    const { folder, host, signal } = this.#options;
    while (!signal.aborted) {
      const leader = readCommand(folder);
      if (leader !== null) return leader;
      if (this.#over || readExit(folder) !== null) return null;
      await rest(host.timers, findEveryMs, signal);
    }
    return null;
  }

  async #report(): Promise<Report> {
    const { attempt, folder, host, killAfterMs, attendance } = this.#options;
    const { onLost } = attempt.facts;
    const found = examine(folder);
    switch (found.kind) {
      case 'ended':
        return judgeCommand(found.exit, this.#wasInterrupted ? attempt.asked : null, onLost);
      case 'unstarted':
        return attempt.asked !== null || attendance.mayBeReturned()
          ? unstarted(attempt.asked)
          : failed(
              'not_started',
              'the processes that were to watch over commands ended, again and again, before they started them',
            );
      case 'running':
      case 'orphaned':
        await endOrphan(folder, killAfterMs, host);
        return attempt.asked === null
          ? failed(
              'worker_stopped',
              'the process that watched over the command was killed; the command was ended',
            )
          : interrupted(attempt.asked, onLost);
    }
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = (): void => reject(new StoppedError());
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  return promise;
}
