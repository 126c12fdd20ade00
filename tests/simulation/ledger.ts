/** What really happened to the work, kept apart from all that the servers and workers believe. */
import type { LockWish } from '../../src/core/locks/wishes.ts';
import type { Clockwork, Process } from './clockwork.ts';

export interface RunFacts {
  readonly job: string;
  readonly attemptNumber: number;
  readonly epoch: number;
  readonly worker: string;
  /** It is ended before the lease of its worker is. */
  readonly endsWithLease: boolean;
  readonly locks: readonly LockWish[];
  /** The process it needs: while that is stopped, so is the run. */
  readonly process: Process;
}

export interface Run extends RunFacts {
  end: 'succeeded' | 'failed' | 'killed' | null;
  /** Until when it may be beside another, since it has only just gone on. */
  excusedUntil: number;
}

/** A lock that a client of its own believes to hold. */
export interface Hold {
  readonly client: string;
  readonly locks: readonly LockWish[];
}

/** How long work that goes on after a stop may take to notice that its lease is over, and to end. */
const noticeMs = 5_000;

export class Ledger {
  readonly runs: Run[] = [];
  readonly #open = new Set<Run>();
  readonly #holds = new Set<Hold>();
  readonly #clockwork: Clockwork;
  readonly #breach: (what: string) => void;
  incarnation = 1;

  constructor(clockwork: Clockwork, breach: (what: string) => void) {
    this.#clockwork = clockwork;
    this.#breach = breach;
  }

  start(facts: RunFacts): Run {
    const run: Run = {
      ...facts,
      end: null,
      excusedUntil: 0,
    };
    const before = this.runs.find((it) => nameOf(it) === nameOf(run));
    if (before !== undefined) this.#breach(`${nameOf(run)} was started a second time, by ${run.worker}`);
    this.runs.push(run);
    this.#open.add(run);
    this.#judgeBeside(run);
    return run;
  }

  end(run: Run, how: NonNullable<Run['end']>): void {
    if (!this.#open.delete(run)) return;
    run.end = how;
  }

  find(job: string, attemptNumber: number, epoch: number): Run | undefined {
    return this.runs.find((it) => it.job === job && it.attemptNumber === attemptNumber && it.epoch === epoch);
  }

  hold(held: Hold): Hold {
    for (const other of this.#holds)
      if (conflict(held.locks, other.locks))
        this.#breach(`${held.client} and ${other.client} hold ${textOf(held.locks)} at the same time`);
    for (const run of this.#open)
      if (this.#counts(run) && conflict(held.locks, run.locks))
        this.#breach(`${held.client} holds ${textOf(held.locks)} while ${nameOf(run)} runs under it`);
    this.#holds.add(held);
    return held;
  }

  letGo(hold: Hold): void {
    this.#holds.delete(hold);
  }

  /** Nobody is left that could end it. */
  forsake(run: Run): void {
    run.excusedUntil = Infinity;
  }

  /** The worker is there again, and ends what it finds without a supervisor. */
  takeUp(run: Run): void {
    run.excusedUntil = Math.min(run.excusedUntil, this.#clockwork.now + noticeMs);
  }

  /** A stopped process has gone on: its runs have a moment to notice what happened meanwhile. */
  wentOn(process: Process): void {
    for (const run of this.#open)
      if (run.process === process) {
        run.excusedUntil = this.#clockwork.now + noticeMs;
        this.#clockwork.after(noticeMs + 1, () => {
          if (this.#open.has(run)) this.#judgeBeside(run);
        });
      }
  }

  /** Whether it really runs now, and nothing excuses it. */
  #counts(run: Run): boolean {
    return run.process.isRunning && run.excusedUntil < this.#clockwork.now;
  }

  #judgeBeside(run: Run): void {
    if (!this.#counts(run)) return;
    for (const other of this.#open) {
      if (other === run || !this.#counts(other)) continue;
      if (other.job === run.job && other.endsWithLease)
        this.#breach(`${nameOf(run)} runs on ${run.worker} beside ${nameOf(other)} on ${other.worker}`);
      if (other.job !== run.job && conflict(run.locks, other.locks))
        this.#breach(`${nameOf(run)} and ${nameOf(other)} run under ${textOf(run.locks)} at the same time`);
    }
    for (const hold of this.#holds)
      if (conflict(run.locks, hold.locks))
        this.#breach(`${nameOf(run)} runs under ${textOf(run.locks)} while ${hold.client} holds it`);
  }
}

export function nameOf({ job, attemptNumber, epoch }: Pick<Run, 'job' | 'attemptNumber' | 'epoch'>): string {
  return `${job} attempt ${attemptNumber}@${epoch}`;
}

function conflict(one: readonly LockWish[], other: readonly LockWish[]): boolean {
  return one.some((a) =>
    other.some((b) => a.path === b.path && (a.mode === 'exclusive' || b.mode === 'exclusive')),
  );
}

function textOf(locks: readonly LockWish[]): string {
  return locks.map(({ path, mode }) => `${path}:${mode}`).join(' ');
}
