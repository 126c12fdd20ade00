import type { Terminal } from './terminal.ts';

/** The world of one command line. */
export interface Cli {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working folder. */
  readonly folder: string;
  readonly now: () => number;
  /** The whole standard input, however slowly it comes. */
  readonly input: () => Promise<string>;
  /** Ends the process with this code when all is done; the first that is not 0 stays. */
  exit(code: number): void;
}
