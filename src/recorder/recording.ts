/** Where a run is told, while it goes on and when it has ended. */
import type { EndReport, Told, Untold } from './report.ts';

export interface Recording {
  /** What is in it is ours, and no output of the command; null where nothing can be written. */
  readonly dataFolder: string | null;
  /** Where the run is kept until a server has it; null if it is not. */
  readonly keptIn: string | null;
  /** Keeps the run alive on record; `cancel` is called when somebody asks to cancel it. */
  attend(cancel: () => void): void;
  /** Tells the end. What no server takes is kept; it is never an error, since the command is what matters. */
  finish(end: EndReport): Promise<Told | Untold>;
}
