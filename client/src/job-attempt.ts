import { LogUpload, type LogUploadOptions } from './log-upload.ts';
import { fileThere, type Mount } from './mounts.ts';
import { ProgressNews } from './progress-news.ts';
import type { FinishedAttempt, HeldAttempt, Offer, OnLost } from './types.ts';
import type { JobContext, JobHandler } from './work.ts';

/** Why an attempt was asked to end. */
export type EndCause = 'cancelled' | 'worker_stopped' | 'lease_lost' | 'attempt_time_limit';

export type Report = Omit<FinishedAttempt, 'attempt' | 'epoch'>;

const errorLengthMax = 4_000;
/** A timer that is longer (ms) would end at once. */
export const timerMsMax = 2 ** 31 - 1;

/** One attempt in this worker’s hands, and the handler that runs for it. */
export class JobAttempt {
  readonly offer: Offer;
  readonly progress = new ProgressNews();
  state: HeldAttempt['state'] = 'offered';
  readonly #log: LogUpload;
  readonly #abort = new AbortController();
  readonly #onNews: () => void;
  readonly #mounts: readonly Mount[];
  #asked: EndCause | null = null;

  /** The offer in the paths of this machine. */
  constructor(
    offer: Offer,
    mounts: readonly Mount[],
    log: Pick<LogUploadOptions, 'attempts' | 'patience'>,
    onNews: () => void,
  ) {
    this.offer = offer;
    this.#mounts = mounts;
    this.#log = new LogUpload({ ...log, attempt: offer.attempt, epoch: offer.epoch });
    this.#onNews = onNews;
  }

  /** The first cause stands. */
  ask(cause: EndCause): void {
    this.#asked ??= cause;
    if (!this.#abort.signal.aborted)
      this.#abort.abort(new Error(`the job is to end: ${cause.replaceAll('_', ' ')}`));
  }

  /** Runs the handler to its end. */
  async run(handler: JobHandler): Promise<Report> {
    const { limits } = this.offer;
    this.state = 'running';
    const { attemptMs } = limits;
    const timer =
      attemptMs === undefined || attemptMs > timerMsMax
        ? undefined
        : setTimeout(() => this.ask('attempt_time_limit'), attemptMs);
    try {
      const result = await handler(this.offer, this.#context());
      const outputs = result?.outputs?.map((file) => fileThere(file, this.#mounts));
      const progress = this.#lastSaid();
      return { outcome: 'succeeded', ...progress, ...(outputs === undefined ? {} : { outputs }) };
    } catch (error) {
      const report =
        this.#asked === null
          ? failed('handler_error', errorText(error))
          : interrupted(this.#asked, this.offer.onLost);
      return report.outcome === 'returned' ? report : { ...report, ...this.#lastSaid() };
    } finally {
      clearTimeout(timer);
      this.state = 'finished';
    }
  }

  /** Resolves when the server has the log, or will not take it. */
  logged(): Promise<void> {
    return this.#log.finish();
  }

  /** What the server has not heard yet. */
  #lastSaid(): Pick<Report, 'progress'> {
    const progress = this.progress.take();
    return progress.fraction === undefined ? {} : { progress };
  }

  #context(): JobContext {
    return {
      signal: this.#abort.signal,
      progress: (fraction, text, counts) => {
        if (this.state !== 'running') return;
        this.progress.tell(fraction, text, counts);
        this.#onNews();
      },
      log: (text) => {
        if (this.state === 'running') this.#log.add(text);
      },
    };
  }
}

/** What was cut short. What the policy lets be done again goes back uncounted: the job itself has not failed. */
function interrupted(cause: EndCause, onLost: OnLost): Report {
  switch (cause) {
    case 'cancelled':
      return { outcome: 'cancelled' };
    case 'attempt_time_limit':
      return failed(cause, 'it took longer than an attempt may');
    case 'worker_stopped':
      return onLost === 'retry' ? { outcome: 'returned' } : failed(cause, 'the worker was stopped');
    case 'lease_lost':
      return onLost === 'retry'
        ? { outcome: 'returned' }
        : failed(cause, 'ended because it was no longer this worker’s');
  }
}

export function failed(reason: string, error: string): Report {
  return { outcome: 'failed', reason, error: error.slice(0, errorLengthMax).toWellFormed() };
}

/** The error and what caused it, without the stack: the submitter cannot do much with that. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = `${error.name}: ${error.message}`;
  return error.cause === undefined ? text : `${text} (caused by ${errorText(error.cause).slice(0, 1_000)})`;
}
