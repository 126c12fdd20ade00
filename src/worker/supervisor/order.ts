/**
 * What worker and supervisor say to each other, one JSON document a line. An order comes down the supervisor’s
 * standard input and holds all that the command needs, so that no secret of it touches the disk. What comes back are
 * hints: the truth is in the attempt’s folder.
 */
export interface Order {
  /** The attempt’s folder. */
  readonly folder: string;
  readonly command: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: string | null;
  readonly mark: string;
  readonly capBytes: number;
  /** From TERM to KILL. */
  readonly killAfterMs: number;
  readonly attemptMs: number | null;
  /** Given where the work would be done again elsewhere: then the command ends before the lease does. */
  readonly lease: LeaseWatch | null;
}

export interface LeaseWatch {
  readonly file: string;
  /** The end of the lease as it is now, on the boot clock; the file has it as it becomes. */
  readonly endsAtBootMs: number;
  /** So long before the end nothing of the command may run any more. */
  readonly safetyMs: number;
}

export type Hint = 'started' | 'output' | 'ended';

const hints: readonly string[] = ['started', 'output', 'ended'] satisfies readonly Hint[];

export function readHint(line: string): Hint | null {
  return hints.includes(line) ? (line as Hint) : null;
}
