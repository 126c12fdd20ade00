import { JobAttempt } from './job-attempt.ts';
import type { LogUploadOptions } from './log-upload.ts';
import { mountsOf, offerHere } from './mounts.ts';
import type { AttemptClaim, ClaimRequest, HeldAttempt, Offer } from './types.ts';

/** All that a worker holds: from its offer until the server has acknowledged its end. */
export class Hand {
  readonly #attempts = new Map<string, JobAttempt>();
  #offered = 0;
  readonly #capacity: number;
  readonly #aliases: ReadonlyMap<string, string>;
  readonly #log: Pick<LogUploadOptions, 'attempts' | 'patience'>;
  readonly #onNews: () => void;

  constructor(
    capacity: number,
    aliases: ReadonlyMap<string, string>,
    log: Pick<LogUploadOptions, 'attempts' | 'patience'>,
    onNews: () => void,
  ) {
    this.#capacity = capacity;
    this.#aliases = aliases;
    this.#log = log;
    this.#onNews = onNews;
  }

  take(offer: Offer): JobAttempt {
    const mounts = mountsOf(offer, this.#aliases);
    const attempt = new JobAttempt(offerHere(offer, mounts), mounts, this.#log, this.#onNews);
    this.#attempts.set(keyOf(offer), attempt);
    this.#offered = Math.max(this.#offered, offer.epoch);
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

  /** As a claim names the directories that are elsewhere here. */
  get namedAliases(): Pick<ClaimRequest, 'aliases'> {
    return this.#aliases.size === 0 ? {} : { aliases: [...this.#aliases.keys()] };
  }

  /** The highest epoch of an offer. */
  get offered(): number {
    return this.#offered;
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
