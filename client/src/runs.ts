import type { CallOptions } from './options.ts';
import { type DuringOptions, type RunContext, RunDuring, type RunStart } from './run-during.ts';
import type { Transport } from './transport.ts';
import type { JobSummary, NewRun, RecordedRun, RunFinish, RunRenewal, RunRenewed } from './types.ts';

/** Runs that this program, or another, runs itself and tells of. Each call may be repeated until its answer arrives. */
export class Runs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The same key answers the same job. */
  record(run: NewRun, options?: CallOptions): Promise<RecordedRun> {
    return this.#transport.json({
      method: 'POST',
      path: '/v1/runs',
      body: run,
      repeat: 'safe',
      options,
    });
  }

  renew(renewal: RunRenewal, options?: CallOptions): Promise<RunRenewed> {
    return this.#transport.json({
      method: 'POST',
      path: '/v1/runs/renew',
      body: renewal,
      repeat: 'safe',
      options,
    });
  }

  finish(end: RunFinish, options?: CallOptions): Promise<JobSummary> {
    return this.#transport.json({
      method: 'POST',
      path: '/v1/runs/finish',
      body: end,
      repeat: 'safe',
      options,
    });
  }

  /**
   * Records what a function does as a run: tells its start, keeps it alive, and tells its end, which is a failure if the
   * function throws. Gives what the function gave, once the end is told; a server that is away then is waited for.
   */
  during<T>(
    run: RunStart,
    act: (context: RunContext) => T | Promise<T>,
    options: DuringOptions = {},
  ): Promise<T> {
    return new RunDuring(this, options).run(run, act);
  }
}
