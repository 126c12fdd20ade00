import { Fault } from '../../core/faults.ts';

/**
 * So many reads at one time, so that a connection is left for the writes. Who waits too long is sent away: it is better
 * to come back than to wait in a line that grows.
 */
export class Permits {
  readonly #max: number;
  readonly #waitMs: number;
  readonly #waiting = new Set<() => void>();
  #given = 0;

  constructor(max: number, waitMs: number) {
    this.#max = max;
    this.#waitMs = waitMs;
  }

  async use<T>(act: () => Promise<T>): Promise<T> {
    if (this.#given < this.#max) this.#given += 1;
    else await this.#turn();
    try {
      return await act();
    } finally {
      this.#pass();
    }
  }

  #turn(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const take = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      this.#waiting.delete(take);
      reject(new Fault('storage_busy', { detail: `None of ${this.#max} connections came free in time` }));
    }, this.#waitMs);
    this.#waiting.add(take);
    return promise;
  }

  /** To whoever waits longest. */
  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#given -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
