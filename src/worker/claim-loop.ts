import type { ClaimAnswer } from '@labkeep/client';
import { backoffMs } from './backoff.ts';
import type { Patience } from './calls.ts';
import { StoppedError } from './calls.ts';
import { failureOf, type HeldAttempt, type Offer, type WorkerConnection } from './connection.ts';
import type { Hand } from './hand.ts';
import { rest } from './host.ts';
import type { AttemptKey } from './journal/facts.ts';
import type { Registration } from './registration.ts';

export interface ClaimLoopOptions {
  readonly connection: WorkerConnection;
  readonly registration: Registration;
  readonly hand: Hand;
  readonly patience: Patience;
  readonly waitMs: number;
  readonly callMs: number;
  /** Directories that this machine has in folders of its own. */
  readonly aliases: readonly string[];
  /** False if the worker cannot take it; then the next claim does not name it, and it goes back. */
  readonly onOffer: (offer: Offer) => boolean;
  readonly onCancel: (attempts: readonly AttemptKey[]) => void;
  readonly onAbandon: (attempts: readonly AttemptKey[]) => void;
}

const pollAfterMsMax = 60_000;
/** Pauses (ms) between claims that came back at once with nothing new, such as a cancellation already under way. */
const hurry = { answeredWithinMs: 200, firstMs: 10, longestMs: 250 } as const;
const cannotTakeMs = 5_000;
/** An answer that is due is waited for so long (ms) at least. */
const silenceMsMin = 2_000;
/** A full worker asks for news only after so long: most often a slot comes free before, and is worth a claim itself. */
const fullMs = 100;

/** Asks for work, one claim at a time, for as many jobs as there are free slots; for none while there are none. */
export class ClaimLoop {
  readonly #options: ClaimLoopOptions;
  #asking: { readonly capacity: number; readonly controller: AbortController } | null = null;
  #full: AbortController | null = null;
  /** As the last answer told it. */
  #leaseMs = Number.POSITIVE_INFINITY;
  #known = new Set<string>();
  /** The highest epoch of an offer. */
  #offered = 0;
  #idle = 0;

  constructor(options: ClaimLoopOptions) {
    this.#options = options;
  }

  /** A slot came free: a claim that asks for news only is made anew. One that asks for work already may wait on. */
  look(): void {
    if (this.#options.hand.free === 0) return;
    this.#full?.abort();
    if (this.#asking?.capacity === 0) this.#asking.controller.abort();
  }

  /** Resolves when the signal says so. */
  async run(signal: AbortSignal): Promise<void> {
    const { host, log } = this.#options.patience;
    signal.addEventListener('abort', () => this.#interrupt(), { once: true });
    /** What was told of since the last answer: a server that was away may refuse when it is back. */
    const told = new Set<string>();
    for (let failures = 0; !signal.aborted; ) {
      try {
        const pauseMs = await this.#claim(signal);
        failures = 0;
        told.clear();
        // Not by way of a timer: the next claim would be sent just when the first reports are, and could come after them.
        if (pauseMs > 0) await rest(host.timers, pauseMs, signal);
      } catch (error) {
        if (signal.aborted || error instanceof StoppedError) return;
        failures += 1;
        const { code, retryAfterMs } = failureOf(error);
        if (!told.has(code))
          log.warn({ code, error }, 'the server hands out no work now; the worker goes on asking');
        told.add(code);
        // A server that ends is left for another at once.
        const askedMs = code === 'too_many_requests' ? retryAfterMs * (1 + host.chance.next() / 2) : 0;
        await rest(host.timers, Math.max(askedMs, backoffMs(failures, host.chance.next())), signal);
      }
    }
  }

  /** One claim; how long (ms) to wait until the next. */
  async #claim(signal: AbortSignal): Promise<number> {
    const { connection, registration, hand, patience, aliases } = this.#options;
    const worker = await registration.worker();
    if (hand.free === 0) await this.#restWhileFull();
    if (signal.aborted) return 0;
    const capacity = hand.free;
    const held = hand.held();
    const askedAt = patience.host.bootMs();
    const controller = new AbortController();
    this.#asking = { capacity, controller };
    try {
      const answer = await connection.claim(
        {
          worker,
          capacity,
          held,
          waitMs: this.#waitMs,
          ...this.#seen(),
          ...(aliases.length === 0 ? {} : { aliases }),
        },
        { signal: controller.signal, timeoutMs: this.#callMs },
      );
      this.#leaseMs = answer.leaseMs;
      return this.#take(answer, held, patience.host.bootMs() - askedAt);
    } catch (error) {
      if (controller.signal.aborted) return 0;
      if (failureOf(error).code !== 'worker_unknown') throw error;
      await registration.forgotten(worker);
      return hurry.longestMs;
    } finally {
      this.#asking = null;
    }
  }

  /** Up to where this worker knows what it was given: a claim that is on its way for long speaks of no more than that. */
  #seen(): { readonly seen?: number } {
    const { epoch } = this.#options.registration;
    return epoch === null ? {} : { seen: Math.max(epoch, this.#offered) };
  }

  /** A server that fell silent is left before a lease is over. */
  get #waitMs(): number {
    return Math.min(this.#options.waitMs, Math.floor(this.#leaseMs / 2));
  }

  get #callMs(): number {
    return Math.min(this.#options.callMs, Math.max(this.#leaseMs / 3, silenceMsMin));
  }

  async #restWhileFull(): Promise<void> {
    this.#full = new AbortController();
    await rest(this.#options.patience.host.timers, fullMs, this.#full.signal);
    this.#full = null;
  }

  #interrupt(): void {
    this.#full?.abort();
    this.#asking?.controller.abort();
  }

  #take(answer: ClaimAnswer, held: readonly HeldAttempt[], tookMs: number): number {
    const { hand, onOffer, onCancel, onAbandon } = this.#options;
    // The names are without an epoch: they mean what this claim had named.
    const abandon = meantBy(answer.abandon, held);
    const cancel = held.filter(({ attempt }) => answer.cancel.includes(attempt));
    // Claim and report crossed on the way: what ended meanwhile is not named again, and there is nothing to abandon.
    const isNothing = answer.offers.length === 0 && answer.cancel.length === 0;
    if (isNothing && abandon.length > 0 && !abandon.some((key) => hand.isAtWork(key))) return 0;
    onAbandon(abandon);
    onCancel(cancel);
    let taken = true;
    for (const offer of answer.offers) {
      this.#offered = Math.max(this.#offered, offer.epoch);
      taken = onOffer(offer) && taken;
    }
    const told = new Set([...abandon, ...cancel].map(({ attempt, epoch }) => `${attempt}@${epoch}`));
    const isNews = answer.offers.length > 0 || [...told].some((key) => !this.#known.has(key));
    this.#known = told;
    this.#idle = isNews || tookMs > hurry.answeredWithinMs ? 0 : this.#idle + 1;
    const pauseMs =
      this.#idle === 0 ? 0 : Math.min(hurry.firstMs * 2 ** Math.min(this.#idle, 10), hurry.longestMs);
    return Math.max(Math.min(answer.pollAfterMs, pollAfterMsMax), pauseMs, taken ? 0 : cannotTakeMs);
  }
}

/** Of an attempt that was named under several epochs the older ones are meant: the last is named again if it is gone too. */
function meantBy(names: readonly string[], held: readonly HeldAttempt[]): readonly HeldAttempt[] {
  const named = held.filter(({ attempt }) => names.includes(attempt));
  return named.filter(({ attempt, epoch }) => {
    const others = named.filter((it) => it.attempt === attempt && it.epoch !== epoch);
    return others.length === 0 || others.some((it) => it.epoch > epoch);
  });
}
