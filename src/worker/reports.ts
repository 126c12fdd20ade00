import { type Patience, untilAnswered } from './calls.ts';
import type { FinishedAttempt, WorkerConnection } from './connection.ts';

export interface ReportsOptions {
  readonly connection: WorkerConnection;
  readonly patience: Patience;
  readonly callMs: number;
}

interface Waiting {
  readonly report: FinishedAttempt;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const atOnceMax = 100;
/** Reports with very many outputs go in calls of their own. */
const outputsAtOnceMax = 20_000;

/** These can be mended by somebody; any other refusal blames the report, and a second try would not help it. */
const mendable: readonly string[] = ['unauthenticated', 'token_expired', 'token_revoked', 'forbidden'];

/** Reports ends until the server has acknowledged them, many in one call. */
export class Reports {
  readonly #options: ReportsOptions;
  #waiting: Waiting[] = [];
  #sending = false;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** Resolves when the server has it, or has said that it will never take it. */
  deliver(report: FinishedAttempt): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ report, resolve, reject });
    queueMicrotask(() => void this.#sendAll());
    return promise;
  }

  async #sendAll(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        await this.#send(batch.map(({ report }) => report));
        for (const it of batch) it.resolve();
      } catch (error) {
        for (const it of batch) it.reject(error);
      }
    }
    this.#sending = false;
  }

  /** Never two reports of one attempt at once: the answer names attempts without their epoch. */
  #nextBatch(): readonly Waiting[] {
    const batch: Waiting[] = [];
    const names = new Set<string>();
    let outputs = 0;
    for (const it of this.#waiting) {
      outputs += it.report.outputs?.length ?? 0;
      if (names.has(it.report.attempt)) continue;
      if (batch.length > 0 && (batch.length >= atOnceMax || outputs > outputsAtOnceMax)) break;
      names.add(it.report.attempt);
      batch.push(it);
    }
    const taken = new Set(batch);
    this.#waiting = this.#waiting.filter((it) => !taken.has(it));
    return batch;
  }

  async #send(reports: readonly FinishedAttempt[]): Promise<void> {
    const { log } = this.#options.patience;
    try {
      const { results } = await this.#call(reports);
      for (const { attempt, applied, code } of results)
        if (!applied) log.warn({ attempt, code }, 'the report of this attempt came late and changed nothing');
    } catch (error) {
      const [first] = reports;
      if (this.#options.patience.signal.aborted || first === undefined) throw error;
      if (reports.length > 1) {
        // One of them is at fault; the others must not suffer.
        for (const report of reports) await this.#send([report]);
      } else if (isBare(first)) {
        log.error(
          { error, attempt: first.attempt },
          'the server refuses the report of this attempt; it is given up',
        );
      } else {
        log.error(
          { error, attempt: first.attempt },
          'the server refuses this report; only the outcome is reported',
        );
        await this.#send([bare(first)]);
      }
    }
  }

  #call(attempts: readonly FinishedAttempt[]) {
    const { connection, patience, callMs } = this.#options;
    const isFinal = (code: string): boolean => attempts.length > 1 || !mendable.includes(code);
    return untilAnswered(
      patience,
      'finish',
      () => connection.finish({ attempts }, { signal: patience.signal, timeoutMs: callMs }),
      isFinal,
    );
  }
}

function isBare(report: FinishedAttempt): boolean {
  const kept = new Set(Object.keys(bare(report)));
  return Object.entries(report).every(([name, value]) => kept.has(name) || value === undefined);
}

function bare({ attempt, epoch, outcome, exitCode, reason }: FinishedAttempt): FinishedAttempt {
  return { attempt, epoch, outcome, exitCode, reason };
}
