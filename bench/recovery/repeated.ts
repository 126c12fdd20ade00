import { setTimeout as delay } from 'node:timers/promises';
import { instant } from '../support/labkeep-home.ts';

type Act = (signal: AbortSignal) => Promise<boolean>;

/** An act that is done again and again, with when each was begun and was answered; it says whether it was. */
export class Repeated implements AsyncDisposable {
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  readonly #answers: { readonly begunAt: number; readonly answeredAt: number }[] = [];
  #failure: unknown;

  constructor(act: Act) {
    this.#done = this.#repeat(act);
  }

  /** The answer to the first of those that were begun after an instant; it waits for that. */
  async firstAfter(since: number, msMax: number): Promise<number> {
    const giveUpAt = performance.now() + msMax;
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const found = this.#answers.find(({ begunAt }) => begunAt > since);
      if (found !== undefined) return found.answeredAt;
      if (performance.now() > giveUpAt) throw new Error(`nothing was answered within ${msMax} ms`);
      await delay(2);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #repeat(act: Act): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const begunAt = instant();
      try {
        if (await act(signal)) this.#answers.push({ begunAt, answeredAt: instant() });
      } catch (error) {
        if (!signal.aborted) this.#failure = error;
        return;
      }
    }
  }
}
