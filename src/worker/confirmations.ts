import { type Patience, untilAnswered } from './calls.ts';
import type { WorkerConnection } from './connection.ts';
import type { AttemptKey } from './journal/facts.ts';
import type { Registration } from './registration.ts';

export interface ConfirmationOptions {
  readonly connection: WorkerConnection;
  readonly registration: Registration;
  readonly patience: Patience;
  readonly callMs: number;
}

export type Verdict = { readonly kind: 'start' } | { readonly kind: 'refused'; readonly code: string };

interface Waiting extends AttemptKey {
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

const atOnceMax = 100;

/** Confirms offers, many in one call: what comes while a call is under way goes with the next. */
export class Confirmations {
  readonly #options: ConfirmationOptions;
  #waiting: Waiting[] = [];
  #sending = false;

  constructor(options: ConfirmationOptions) {
    this.#options = options;
  }

  confirm(key: AttemptKey): Promise<Verdict> {
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    this.#waiting.push({ attempt: key.attempt, epoch: key.epoch, resolve, reject });
    // In a microtask, so that the offers of one claim go together.
    queueMicrotask(() => void this.#sendAll());
    return promise;
  }

  async #sendAll(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        await this.#send(batch);
      } catch (error) {
        for (const it of batch) it.reject(error);
      }
    }
    this.#sending = false;
  }

  /**
   * Never two of one attempt at once: it may have been offered again under another epoch before the first was confirmed,
   * and the answer names attempts without their epoch.
   */
  #nextBatch(): readonly Waiting[] {
    const batch = new Map<string, Waiting>();
    for (const it of this.#waiting)
      if (batch.size < atOnceMax && !batch.has(it.attempt)) batch.set(it.attempt, it);
    const taken = new Set(batch.values());
    this.#waiting = this.#waiting.filter((it) => !taken.has(it));
    return [...taken];
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    const { connection, registration, patience, callMs } = this.#options;
    const attempts = batch.map(({ attempt, epoch }) => ({ attempt, epoch }));
    const answer = await untilAnswered(patience, 'confirm', () =>
      registration.as((worker) =>
        connection.confirm({ worker, attempts }, { signal: patience.signal, timeoutMs: callMs }),
      ),
    );
    for (const it of batch) {
      const refusal = answer.refused.find(({ attempt }) => attempt === it.attempt);
      if (answer.start.includes(it.attempt)) it.resolve({ kind: 'start' });
      else it.resolve({ kind: 'refused', code: refusal?.code ?? 'epoch_stale' });
    }
  }
}
