/** Where a run is told, while it goes on and when it has ended. */
import type { Asks } from '../core/tasks/asks.ts';
import type { EndReport, RunReport, Told, Untold } from './report.ts';
import type { Aliases } from './spool-parts.ts';

/** What is known when the command starts. */
export interface ToBegin {
  readonly run: RunReport;
  readonly aliases: Aliases | null;
}

export interface Recording {
  /** What is in it is ours, and no output of the command; null where nothing can be written. */
  readonly dataFolder: string | null;
  /** Where the run is kept until a server has it; null if it is not. */
  readonly keptIn: string | null;
  /** Keeps the run alive on record; `cancel` is called when somebody asks to cancel it. */
  attend(cancel: () => void): void;
  /**
   * What the task of the run asks, as soon as the server has said so; null for nothing, if no server will say it, and
   * when `enough` is aborted.
   */
  asks(enough: AbortSignal): Promise<Asks | null>;
  /** Tells the end. What no server takes is kept; it is never an error, since the command is what matters. */
  finish(end: EndReport): Promise<Told | Untold>;
}
