/** A job that is a function in this process. */
import { mkdirSync } from 'node:fs';
import { boundedCounts, type FileMention, type ToldCounts } from '@labkeep/client';
import type { Offer } from './connection.ts';
import type { AttemptInHand, Work } from './hand.ts';
import type { Host } from './host.ts';
import { interrupted, judgeThrown, type Report } from './outcome.ts';
import { outputPath } from './supervisor/attempt-folder.ts';
import { OutputFile } from './supervisor/output-file.ts';

export interface HandlerContext {
  readonly job: Offer;
  /** Aborted when the handler is to end: somebody cancelled, its time is over, the worker stops or lost its lease. */
  readonly signal: AbortSignal;
  /**
   * How far it is, 0 to 1 and never backwards, what it does, and how much it has done; another process can read all at
   * any time.
   */
  progress(fraction: number, text?: string, counts?: ToldCounts): void;
  /** A line of the attempt’s log. */
  log(text: string): void;
}

export interface HandlerResult {
  readonly outputs?: readonly (string | FileMention)[];
}

/** To throw fails the job, with the error’s text. */
export type Handler = (
  job: Offer,
  context: HandlerContext,
) => Promise<HandlerResult | undefined> | HandlerResult | undefined;

export interface HandlerOptions {
  readonly attempt: AttemptInHand;
  readonly job: Offer;
  readonly handler: Handler;
  readonly folder: string;
  readonly capBytes: number;
  readonly host: Host;
  readonly onProgress: (fraction: number, text: string | null, counts: ToldCounts | null) => void;
  readonly onOutput: () => void;
}

const textLengthMax = 1_000;

export class HandlerWork implements Work {
  /** What it returned, once it has. */
  outputs: readonly (string | FileMention)[] = [];
  readonly #options: HandlerOptions;
  readonly #abort = new AbortController();
  readonly #givenUp = Promise.withResolvers<void>();
  readonly #timers: (() => void)[] = [];
  #output: OutputFile | null = null;
  /** The last that it said of itself: the server may not have heard it. */
  #said: Report['progress'] | null = null;
  #over = false;

  get hasLogged(): boolean {
    return this.#output !== null;
  }

  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  async run(): Promise<Report> {
    const { attempt, job, host } = this.#options;
    const { attemptMs } = job.limits;
    if (attemptMs !== undefined)
      this.#timers.push(host.timers.after(attemptMs, () => attempt.ask('attempt_time_limit', 0)));
    const report = await Promise.race([this.#call(), this.#givenUp.promise.then(() => this.#leftBehind())]);
    this.#over = true;
    for (const cancel of this.#timers) cancel();
    this.#output?.close();
    return report.outcome === 'returned' || this.#said === null
      ? report
      : { ...report, progress: this.#said };
  }

  release(): void {
    this.#over = true;
  }

  end(killAfterMs: number, leaving: boolean): void {
    this.#abort.abort(new Error(`the job is to end: ${this.#options.attempt.asked ?? 'unknown'}`));
    // A function cannot be killed. When the worker leaves, it leaves behind what does not listen.
    if (leaving)
      this.#timers.push(this.#options.host.timers.after(killAfterMs, () => this.#givenUp.resolve()));
  }

  async #call(): Promise<Report> {
    const { attempt, job, handler } = this.#options;
    try {
      const result = await handler(job, this.#context());
      this.outputs = result?.outputs ?? [];
      return { outcome: 'succeeded' };
    } catch (error) {
      return judgeThrown(error, attempt.asked, attempt.facts.onLost);
    }
  }

  #leftBehind(): Report {
    const { attempt } = this.#options;
    return interrupted(attempt.asked ?? 'worker_stopped', attempt.facts.onLost);
  }

  #context(): HandlerContext {
    const { job, onProgress } = this.#options;
    return {
      job,
      signal: this.#abort.signal,
      progress: (fraction, text, counts) => {
        if (this.#over || !Number.isFinite(fraction)) return;
        const shown = text?.slice(0, textLengthMax).toWellFormed() ?? null;
        const bounded = Math.min(1, Math.max(this.#said?.fraction ?? 0, fraction));
        this.#said = {
          ...this.#said,
          fraction: bounded,
          ...(shown === null ? {} : { text: shown }),
          ...(counts === undefined ? {} : { counts: boundedCounts(counts) }),
        };
        onProgress(bounded, shown, this.#said.counts ?? null);
      },
      log: (text) => {
        if (!this.#over)
          this.#openOutput().add('stdout', Buffer.from(text.endsWith('\n') ? text : `${text}\n`));
      },
    };
  }

  #openOutput(): OutputFile {
    const { folder, capBytes, host, onOutput } = this.#options;
    if (this.#output === null) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#output = new OutputFile({
        path: outputPath(folder),
        capBytes,
        timers: host.timers,
        onWritten: onOutput,
      });
    }
    return this.#output;
  }
}
