/** Where a run is told, while it goes on and when it has ended. */
import type { EndReport, Told, Untold } from './report.ts';

export interface Recording {
  /** Folders that are ours and no outputs of the command. */
  readonly folders: readonly string[];
  /** Where the run is kept until a server has it; null if it is not. */
  readonly keptIn: string | null;
  /** Keeps the run alive on record; `cancel` is called when somebody asks to cancel it. */
  attend(cancel: () => void): void;
  /** Tells the end. What no server takes is kept; it is never an error, since the command is what matters. */
  finish(end: EndReport): Promise<Told | Untold>;
}

/** A run that cannot even be written down, as on a full disk: its command runs all the same. */
export function unkept(why: string): Recording {
  return { folders: [], keptIn: null, attend: () => undefined, finish: async () => ({ why }) };
}
