import { errorText, failed } from './job-attempt.ts';
import { LabkeepError } from './labkeep-error.ts';
import type { CallOptions } from './options.ts';
import { ProgressNews } from './progress-news.ts';
import { Renewals } from './renewals.ts';
import { mayPass } from './repetition.ts';
import type { Runs } from './runs.ts';
import type { NewRun, RecordedRun, RunEnd, ToldCounts } from './types.ts';
import { untilAnswered } from './until-answered.ts';
import { whileRenewed } from './while-renewed.ts';

/** What is known of a run when it begins; its key and its time are made here. */
export type RunStart = Omit<NewRun, 'key' | 'startedAt' | 'ended'>;

/** What is to be told with its end. The outcome is found out, unless it is given. */
export type RunFindings = Partial<Omit<RunEnd, 'finishedAt'>>;

export interface RunContext {
  /** The job that it is on record, and a token that the program may use while it runs. */
  readonly run: RecordedRun;
  /** Aborted when somebody asks to stop the run, when it ended on record already, and with the caller’s own signal. */
  readonly signal: AbortSignal;
  /** How far it is, 0 to 1 and never backwards, and what it does. */
  progress(fraction: number, text?: string, counts?: ToldCounts): void;
  /** Outputs, an exit code, and what else was found out; what is told twice counts as told last. */
  tell(findings: RunFindings): void;
}

export interface DuringOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called when the server is away (once each time), or refuses something, while the function works. */
  readonly onTrouble?: ((error: LabkeepError) => void) | undefined;
}

const lastReportMs = 30_000;

export class RunDuring {
  readonly #runs: Pick<Runs, 'record' | 'renew' | 'finish'>;
  readonly #options: DuringOptions;
  readonly #abort = new AbortController();
  readonly #progress = new ProgressNews();
  #findings: RunFindings = {};
  #over = false;

  constructor(runs: Pick<Runs, 'record' | 'renew' | 'finish'>, options: DuringOptions) {
    this.#runs = runs;
    this.#options = options;
  }

  async run<T>(start: RunStart, act: (context: RunContext) => T | Promise<T>): Promise<T> {
    const { signal } = this.#options;
    const startedAt = new Date().toISOString();
    const sentAt = performance.now();
    const run = await this.#runs.record({ ...start, key: crypto.randomUUID(), startedAt }, { signal });
    const renewals = new Renewals(
      {
        renew: (options) => this.#renew(run, options),
        hasNews: () => this.#progress.fresh,
        onFailure: (error, failures) => this.#failed(error, failures),
        onNearEnd: () => undefined,
      },
      run.leaseMs,
      sentAt,
    );
    return await whileRenewed(renewals, { abort: this.#abort, signal }, () =>
      this.#act(run, act, () => renewals.look()),
    );
  }

  async #act<T>(
    run: RecordedRun,
    act: (context: RunContext) => T | Promise<T>,
    onNews: () => void,
  ): Promise<T> {
    try {
      const result = await act(this.#context(run, onNews));
      await this.#finish(run, { outcome: 'succeeded' });
      return result;
    } catch (error) {
      if (!this.#over) await this.#finish(run, this.#endOf(error)).catch(this.#orTrouble);
      throw error;
    }
  }

  #endOf(error: unknown): Pick<RunEnd, 'outcome' | 'reason' | 'error'> {
    if (this.#abort.signal.aborted) return { outcome: 'cancelled' };
    return { outcome: 'failed', reason: 'handler_error', error: failed('', errorText(error)).error };
  }

  /**
   * Until it is answered: the function’s work is done, and worth more than the wait. The caller’s signal bounds it; it is
   * not cut off at once, since that signal is also what may have ended the function.
   */
  async #finish(run: RecordedRun, end: Pick<RunEnd, 'outcome' | 'reason' | 'error'>): Promise<void> {
    this.#over = true;
    const { attempt, epoch } = run;
    const finishedAt = new Date().toISOString();
    const giveUp = new Bound(this.#options.signal);
    const patience = { signal: giveUp.signal, onTrouble: this.#onTrouble };
    const finish = (found: RunFindings) =>
      untilAnswered(patience, (options) =>
        this.#runs.finish({ attempt, epoch, finishedAt, ...end, ...found }, options),
      );
    try {
      await finish(this.#findings);
    } catch (error) {
      // What was found out is at fault; the end is told all the same.
      if (error instanceof LabkeepError && error.status === 400) await finish({});
      throw error;
    } finally {
      giveUp.clear();
    }
  }

  #context(run: RecordedRun, onNews: () => void): RunContext {
    return {
      run,
      signal: this.#abort.signal,
      progress: (fraction, text, counts) => {
        if (this.#over) return;
        this.#progress.tell(fraction, text, counts);
        onNews();
      },
      tell: (findings) => {
        this.#findings = { ...this.#findings, ...findings };
      },
    };
  }

  async #renew({ attempt, epoch }: RecordedRun, options: CallOptions): Promise<{ readonly leaseMs: number }> {
    const progress = this.#progress.take();
    try {
      const answer = await this.#runs.renew({ attempt, epoch, progress }, options);
      if (answer.cancel) this.#abort.abort(new Error('somebody asked to stop the run'));
      return answer;
    } catch (error) {
      if (error instanceof LabkeepError && mayPass(error)) this.#progress.putBack();
      throw error;
    }
  }

  #failed(error: LabkeepError, failures: number): void {
    if (failures === 0) this.#onTrouble(error);
    if (error.code === 'epoch_stale') this.#abort.abort(new Error('the run has ended on record'));
  }

  readonly #orTrouble = (error: unknown): void => {
    if (!(error instanceof LabkeepError)) throw error;
    this.#onTrouble(error);
  };

  get #onTrouble(): (error: LabkeepError) => void {
    return this.#options.onTrouble ?? (() => undefined);
  }
}

/** Gives up some time after another signal has. */
class Bound {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #begin = (): void => {
    const gone = new LabkeepError({ code: 'server_away', detail: 'The end of the run could not be told.' });
    this.#timer = setTimeout(() => this.#controller.abort(gone), lastReportMs);
  };

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    if (outer?.aborted === true) this.#begin();
    else outer?.addEventListener('abort', this.#begin, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#begin);
  }
}
