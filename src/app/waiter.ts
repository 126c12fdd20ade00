import type { ClaimAnswer } from '../ports/storage.ts';
import type { WaitingClaim } from './waiting.ts';

/**
 * One claim while it waits. It is looking, or idle, or has answered. Whatever a look finds is answered, even if the
 * wait was ended meanwhile; so an offer is never taken and then kept back.
 */
export class Waiter {
  readonly worker: number;
  readonly takesWork: boolean;
  kin = '';
  readonly #claim: WaitingClaim;
  readonly #looked: (waiter: Waiter) => void;
  readonly #answer = Promise.withResolvers<ClaimAnswer>();
  #last: ClaimAnswer | null = null;
  #state: 'idle' | 'looking' | 'answered' = 'idle';
  #again = false;
  #ended = false;
  #refused = false;

  constructor(claim: WaitingClaim, looked: (waiter: Waiter) => void) {
    this.#claim = claim;
    this.#looked = looked;
    this.worker = claim.worker;
    this.takesWork = claim.capacity > 0;
  }

  get answer(): Promise<ClaimAnswer> {
    return this.#answer.promise;
  }

  get idle(): boolean {
    return this.#state === 'idle';
  }

  get refused(): boolean {
    return this.#refused;
  }

  lookAgainIfLooking(): void {
    if (this.#state === 'looking') this.#again = true;
  }

  /** Asks the storage; true if there was work. Never rejects. A look that is under way is followed by another. */
  async look(): Promise<boolean> {
    if (this.#state === 'answered') return false;
    if (this.#state === 'looking') {
      this.#again = true;
      return false;
    }
    this.#state = 'looking';
    this.#looked(this);
    try {
      do {
        this.#again = false;
        this.#last = await (this.#last === null ? this.#claim.first() : this.#claim.again());
        if (says(this.#last) || this.#ended) return this.#settle(this.#last);
      } while (this.#again);
      this.#state = 'idle';
    } catch (error) {
      this.#state = 'answered';
      this.#refused = true;
      this.#answer.reject(error);
    }
    return false;
  }

  /** The wait is over: answers with what is known, or with what the look under way finds. */
  end(): void {
    this.#ended = true;
    if (this.#state === 'idle' && this.#last !== null) this.#settle(this.#last);
  }

  #settle(answer: ClaimAnswer): boolean {
    this.#state = 'answered';
    this.#answer.resolve(answer);
    return answer.offers.length > 0;
  }
}

function says(answer: ClaimAnswer): boolean {
  return answer.offers.length > 0 || answer.abandon.length > 0 || answer.cancel.length > 0;
}
