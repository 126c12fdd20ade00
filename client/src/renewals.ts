import { LabkeepError } from './labkeep-error.ts';
import type { CallOptions } from './options.ts';
import { grownPauseMs } from './repetition.ts';

export interface RenewalOptions {
  /** One try. */
  readonly renew: (options: CallOptions) => Promise<{ readonly leaseMs: number }>;
  /** Whether there is news that should not wait for the next renewal that is due. */
  readonly hasNews: () => boolean;
  /** A try failed, after so many others in a row. It is tried again all the same, until the signal ends it. */
  readonly onFailure: (error: LabkeepError, failures: number) => void | Promise<void>;
  /** The lease comes to its end without having been renewed. */
  readonly onNearEnd: () => void;
}

/** News goes at most so often (ms), however often there is any. */
const newsEveryMs = 1_000;
const firstPauseMs = 200;
const tryMsMax = 10_000;
/** So long before its end (ms) at most, a lease counts as ended: a try may be under way. */
const safetyMsMax = 10_000;

/**
 * Renews a lease every third of its length. Its end is reckoned from when the renewal that was answered had been sent,
 * so it is never later than the server’s own.
 */
export class Renewals {
  readonly #options: RenewalOptions;
  #leaseMs: number;
  #endsAt: number;
  #dueAt: number;
  #sentAt: number;
  #nearEnd: ReturnType<typeof setTimeout> | undefined;
  #wake = Promise.withResolvers<void>();
  #renewed = Promise.withResolvers<void>();

  constructor(options: RenewalOptions, leaseMs: number, sentAt: number) {
    this.#options = options;
    this.#leaseMs = leaseMs;
    this.#sentAt = sentAt;
    this.#dueAt = sentAt + leaseMs / 3;
    this.#endsAt = sentAt + leaseMs;
    this.#watchEnd();
  }

  get leaseMs(): number {
    return this.#leaseMs;
  }

  /** Whether something that is started now is covered. */
  get isSafe(): boolean {
    return performance.now() < this.#endsAt - this.#safetyMs;
  }

  /** How long (ms) the lease is still safe, without another renewal. */
  get safeForMs(): number {
    return this.#endsAt - this.#safetyMs - performance.now();
  }

  /** Resolves at the next renewal. */
  get renewed(): Promise<void> {
    return this.#renewed.promise;
  }

  /** The lease was given anew, in answer to what was sent then. */
  extend(leaseMs: number, sentAt: number): void {
    this.#leaseMs = leaseMs;
    this.#dueAt = sentAt + leaseMs / 3;
    this.#endsAt = sentAt + leaseMs;
    this.#watchEnd();
    this.#renewed.resolve();
    this.#renewed = Promise.withResolvers();
  }

  /** There is news. */
  look(): void {
    this.#wake.resolve();
  }

  /** Resolves when the signal says so. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.look();
    signal.addEventListener('abort', stop, { once: true });
    for (let failures = 0; !signal.aborted; ) {
      const pauseMs = this.#pauseMs();
      if (pauseMs > 0) await this.#rest(pauseMs);
      else failures = await this.#renew(signal, failures);
    }
    clearTimeout(this.#nearEnd);
  }

  /** How many tries have failed in a row. */
  async #renew(signal: AbortSignal, failures: number): Promise<number> {
    const sentAt = performance.now();
    this.#sentAt = sentAt;
    try {
      const timeoutMs = Math.min(this.#leaseMs / 6, tryMsMax);
      const { leaseMs } = await this.#options.renew({ signal, timeoutMs, retryForMs: 0 });
      this.extend(leaseMs, sentAt);
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      if (!(error instanceof LabkeepError)) throw error;
      await this.#options.onFailure(error, failures);
      const pauseMs = Math.min(grownPauseMs(failures, firstPauseMs, tryMsMax), this.#leaseMs / 12);
      this.#dueAt = performance.now() + pauseMs;
      return failures + 1;
    }
  }

  #pauseMs(): number {
    const now = performance.now();
    const newsAt = this.#options.hasNews() ? this.#sentAt + newsEveryMs : Number.POSITIVE_INFINITY;
    return Math.min(this.#dueAt, newsAt) - now;
  }

  async #rest(forMs: number): Promise<void> {
    this.#wake = Promise.withResolvers();
    const timer = setTimeout(() => this.look(), forMs);
    await this.#wake.promise;
    clearTimeout(timer);
  }

  #watchEnd(): void {
    clearTimeout(this.#nearEnd);
    const inMs = this.#endsAt - this.#safetyMs - performance.now();
    this.#nearEnd = setTimeout(() => this.#options.onNearEnd(), Math.max(0, inMs));
  }

  get #safetyMs(): number {
    return Math.min(this.#leaseMs / 6, safetyMsMax);
  }
}
