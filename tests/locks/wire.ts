/** Plain calls to any of several servers, repeated until one answers: under one key, so that nothing is done twice. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to find, and fails where it is not there
  readonly body: any;
}

export class Wire {
  readonly #urls: readonly string[];
  readonly #token: string;
  readonly #tryMs: number;
  #turn: number;

  /** `first`: the address that is tried first; `tryMs`: after so long without an answer it is asked again. */
  constructor(urls: readonly string[], token: string, { first = 0, tryMs = 60_000 } = {}) {
    this.#urls = urls;
    this.#token = token;
    this.#turn = first;
    this.#tryMs = tryMs;
  }

  /** The first answer that a server gave, also a refusal; null when none answered in time. */
  async call(method: string, path: string, body?: unknown, forMs = 60_000): Promise<Answer | null> {
    const key = randomUUID();
    const endsAt = performance.now() + forMs;
    while (performance.now() < endsAt) {
      const answer = await this.#try(method, path, key, body);
      if (answer !== null && answer.status !== 503) return answer;
      this.#turn += 1;
      await delay(50);
    }
    return null;
  }

  async #try(method: string, path: string, key: string, body: unknown): Promise<Answer | null> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(method === 'GET' ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const signal = AbortSignal.timeout(this.#tryMs);
    const init = { method, headers, signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    try {
      const response = await fetch(`${this.#urls[this.#turn % this.#urls.length]}${path}`, init);
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    } catch (error) {
      // A server that was killed cuts off what it was about to say.
      if (error instanceof TypeError || error instanceof SyntaxError || signal.aborted) return null;
      throw error;
    }
  }
}
