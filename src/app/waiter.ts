import type { WorkerAbility } from '../core/dispatch/classes.ts';
import type { ClaimAnswer } from '../ports/records/workers.ts';
import type { WaitingClaim } from './waiting.ts';

/** What a look came to. Of `none` nothing follows for others: it was not asked, refused, or given something else. */
export type Found = 'work' | 'nothing' | 'none';

/**
 * One claim while it waits. It is looking, or idle, or has answered. Whatever a look finds is answered, even if the
 * wait was ended meanwhile; so an offer is never taken and then kept back.
 */
export class Waiter {
  readonly claim: WaitingClaim;
  readonly #answer = Promise.withResolvers<ClaimAnswer>();
  #last: ClaimAnswer | null = null;
  #looking: Promise<Found> | null = null;
  #following: Promise<Found> | null = null;
  #answered = false;
  #ended = false;

  constructor(claim: WaitingClaim) {
    this.claim = claim;
  }

  get answer(): Promise<ClaimAnswer> {
    return this.#answer.promise;
  }

  get answered(): boolean {
    return this.#answered;
  }

  get idle(): boolean {
    return !this.#answered && this.#looking === null && this.#following === null;
  }

  /** Known after the first look. */
  get serves(): WorkerAbility | null {
    return this.#last?.serves ?? null;
  }

  /** Asks the storage; while it is asking, once more after that, and tells of the later look. Never rejects. */
  look(): Promise<Found> {
    if (this.#answered) return Promise.resolve('none');
    if (this.#following !== null) return this.#following;
    if (this.#looking === null) return this.#begin();
    this.#following = this.#looking.then((found) => {
      this.#following = null;
      return this.#answered ? found : this.#begin();
    });
    return this.#following;
  }

  /** The wait is over: answers with what is known, or with what the look under way finds. */
  end(): void {
    this.#ended = true;
    if (this.#looking === null && this.#last !== null) this.#settle(this.#last);
  }

  /**
   * Asks at once, not a moment later: whoever is told of jobs before they are committed joins that commit. It counts as
   * looking before it asks, since a storage may tell of what the question itself changes before it answers.
   */
  #begin(): Promise<Found> {
    const { promise, resolve } = Promise.withResolvers<Found>();
    this.#looking = promise;
    void this.#ask().then(resolve);
    return promise;
  }

  async #ask(): Promise<Found> {
    try {
      const answer = await (this.#last === null ? this.claim.first() : this.claim.again());
      this.#looking = null;
      this.#last = answer;
      const found = foundIn(answer);
      // Whoever is given nothing while its lease is over should come anew, and renew it.
      if (found !== 'nothing' || this.#ended) this.#settle(answer);
      return found;
    } catch (error) {
      this.#answered = true;
      this.#answer.reject(error);
      return 'none';
    }
  }

  #settle(answer: ClaimAnswer): void {
    this.#answered = true;
    this.#answer.resolve(answer);
  }
}

function foundIn({ offers, abandon, cancel, serves }: ClaimAnswer): Found {
  if (offers.length > 0) return 'work';
  return abandon.length > 0 || cancel.length > 0 || serves === null ? 'none' : 'nothing';
}
