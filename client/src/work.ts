import type { TaskDeclaration } from './declared-task.ts';
import type { LabkeepError } from './labkeep-error.ts';
import type { FileMention, Offer, ToldCounts } from './types.ts';

/** What a handler can do for its job, besides its work. */
export interface JobContext {
  /**
   * Aborted when the handler is to end: somebody cancelled, its time is over, the worker stops, or the attempt is no
   * longer this worker’s. A handler that throws from then on was interrupted; one that ends well has succeeded.
   */
  readonly signal: AbortSignal;
  /** How far it is, 0 to 1 and never backwards, what it does, and how much it has done: `{ done: 3, total: 12, unit: 'files' }`. */
  progress(fraction: number, text?: string, counts?: ToldCounts): void;
  /** A line of the attempt’s log, which is kept up to 16 MiB. */
  log(text: string): void;
}

export interface JobResult {
  /** Files that it made: paths, or what is known of them. */
  readonly outputs?: readonly (string | FileMention)[];
}

/** To throw fails the job, with the error’s text. */
export type JobHandler = (
  job: Offer,
  context: JobContext,
) => Promise<JobResult | undefined> | JobResult | undefined;

export interface WorkOptions {
  /** The same principal and name are the same worker to the server: no two processes share one at a time. */
  readonly name: string;
  /**
   * By task. `command` gets commands whose task has no handler of its own, `*` whatever no other gets; a command is
   * theirs to run.
   */
  readonly handlers: Readonly<Record<string, JobHandler>>;
  /** By task, what it is that there is a handler for: then it can be run by its name and parameters. */
  readonly declares?: Readonly<Record<string, TaskDeclaration>>;
  /** How many jobs at once (1). */
  readonly capacity?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Registered directories that this machine has in other folders: `{ DATA: '/mnt/data' }`. Offers are in the paths of
   * this machine, and outputs are told in the server’s.
   */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Principals, besides its own, whose jobs it runs. */
  readonly accept?: readonly string[];
  /** Ends the work: nothing more is begun, and what runs may come to its end. */
  readonly signal?: AbortSignal;
  /** How long (ms) handlers may go on after that, before their own signals are aborted; without it, as long as they take. */
  readonly drainMs?: number;
  /** Called when the server is away (once each time), refuses a report, or takes one as late. */
  readonly onTrouble?: (error: LabkeepError) => void;
}
