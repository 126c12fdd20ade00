/** What the worker has in its hands: offers, work at hand, and reports that the server has not acknowledged. */
import type { HeldAttempt } from './connection.ts';
import { type AttemptKey, keyOf, type Offered } from './journal/facts.ts';
import type { EndCause, Report } from './outcome.ts';

/** Something that runs for an attempt: a command or a handler. */
export interface Work {
  run(): Promise<Report>;
  /** It will not be run. */
  release(): void;
  /** Asks it to end: what is not gone after `killAfterMs` is killed, or, with `leaving`, left behind. */
  end(killAfterMs: number, leaving: boolean): void;
}

export class AttemptInHand implements AttemptKey {
  readonly attempt: string;
  readonly epoch: number;
  readonly facts: Offered;
  /** Nothing of it runs any more. */
  readonly ended: Promise<void>;
  state: HeldAttempt['state'] = 'offered';
  /** Why it was asked to end: the first cause stands. */
  asked: EndCause | null = null;
  readonly #end = Promise.withResolvers<void>();
  readonly #asked = Promise.withResolvers<void>();
  #work: Work | null = null;

  constructor(facts: Offered) {
    this.attempt = facts.attempt;
    this.epoch = facts.epoch;
    this.facts = facts;
    this.ended = this.#end.promise;
  }

  /** Resolves when it is asked to end. */
  get askedToEnd(): Promise<void> {
    return this.#asked.promise;
  }

  async run(work: Work): Promise<Report> {
    this.#work = work;
    this.state = 'running';
    return work.run();
  }

  ask(cause: EndCause, killAfterMs: number, leaving = false): void {
    this.asked ??= cause;
    this.#asked.resolve();
    if (this.state === 'running') this.#work?.end(killAfterMs, leaving);
  }

  markFinished(): void {
    this.state = 'finished';
    this.#end.resolve();
  }
}

export class Hand {
  readonly #attempts = new Map<string, AttemptInHand>();
  readonly #capacity: number;
  readonly #onChange: () => void;

  constructor(capacity: number, onChange: () => void) {
    this.#capacity = capacity;
    this.#onChange = onChange;
  }

  add(attempt: AttemptInHand): void {
    this.#attempts.set(keyOf(attempt), attempt);
  }

  finish(attempt: AttemptInHand): void {
    attempt.markFinished();
    this.#onChange();
  }

  remove(attempt: AttemptInHand): void {
    attempt.markFinished();
    this.#attempts.delete(keyOf(attempt));
    this.#onChange();
  }

  isAtWork(key: AttemptKey): boolean {
    const found = this.find(key);
    return found !== undefined && found.state !== 'finished';
  }

  find(key: AttemptKey): AttemptInHand | undefined {
    return this.#attempts.get(keyOf(key));
  }

  /** Everything whose work is not over. */
  atWork(): readonly AttemptInHand[] {
    return [...this.#attempts.values()].filter(({ state }) => state !== 'finished');
  }

  /** An earlier attempt at the same job that is not over yet: the next must not run beside it. */
  forerunner(of: AttemptInHand): AttemptInHand | undefined {
    return this.atWork().find(
      (it) => it.facts.job === of.facts.job && it.epoch < of.epoch && it.state === 'running',
    );
  }

  /**
   * How many jobs the worker can take. None while very many reports wait: a server that hands out work but takes no
   * report must not fill the memory.
   */
  get free(): number {
    const working = this.atWork().length;
    const waiting = this.#attempts.size - working;
    return waiting > this.#capacity * 16 + 64 ? 0 : Math.max(0, this.#capacity - working);
  }

  /** The truth of the worker, as a claim tells it. */
  held(): readonly HeldAttempt[] {
    return [...this.#attempts.values()].map(({ attempt, epoch, state }) => ({ attempt, epoch, state }));
  }
}
