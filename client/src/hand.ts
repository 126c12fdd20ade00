import { JobAttempt } from './job-attempt.ts';
import type { LogUploadOptions } from './log-upload.ts';
import type { AttemptClaim, HeldAttempt, Offer } from './types.ts';

/** All that a worker holds: from its offer until the server has acknowledged its end. */
export class Hand {
  readonly #attempts = new Map<string, JobAttempt>();
  readonly #capacity: number;
  readonly #log: Pick<LogUploadOptions, 'attempts' | 'patience'>;
  readonly #onNews: () => void;

  constructor(capacity: number, log: Pick<LogUploadOptions, 'attempts' | 'patience'>, onNews: () => void) {
    this.#capacity = capacity;
    this.#log = log;
    this.#onNews = onNews;
  }

  take(offer: Offer): JobAttempt {
    const attempt = new JobAttempt(offer, this.#log, this.#onNews);
    this.#attempts.set(keyOf(offer), attempt);
    return attempt;
  }

  drop({ offer }: JobAttempt): void {
    this.#attempts.delete(keyOf(offer));
  }

  all(): readonly JobAttempt[] {
    return [...this.#attempts.values()];
  }

  running(): readonly JobAttempt[] {
    return this.all().filter(({ state }) => state === 'running');
  }

  /** An end that is not acknowledged keeps its place, so a server that takes no reports does not fill the memory. */
  get free(): number {
    return Math.max(0, this.#capacity - this.#attempts.size);
  }

  get hasNews(): boolean {
    return this.running().some(({ progress }) => progress.fresh);
  }

  /** The truth of the worker, as a claim tells it. */
  held(): readonly HeldAttempt[] {
    return this.all().map(({ offer: { attempt, epoch }, state }) => ({ attempt, epoch, state }));
  }

  /** An answer names attempts without their epochs: it means those that the question had named. */
  select(named: readonly AttemptClaim[], attempts: readonly string[]): readonly JobAttempt[] {
    return named
      .filter(({ attempt }) => attempts.includes(attempt))
      .flatMap((key) => this.#attempts.get(keyOf(key)) ?? []);
  }
}

function keyOf({ attempt, epoch }: AttemptClaim): string {
  return `${attempt}@${epoch}`;
}
