/** What a recorder tells of a run: the bodies of POST /v1/runs and of its finish (docs/protocols/http.md). */

import type { Asks } from '../core/tasks/asks.ts';

export interface FileReport {
  /** Absolute, links resolved. */
  readonly path: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly kind?: 'directory';
  readonly note?: string;
}

export interface RunReport {
  /** The recorder's own name of the run: told twice, it is recorded once. */
  readonly key: string;
  readonly project?: string;
  readonly folder: string;
  readonly task?: string;
  readonly title?: string;
  readonly tags?: readonly string[];
  readonly command: readonly string[];
  readonly stdin: string | null;
  readonly inputs: readonly FileReport[];
  readonly host: string;
  readonly account: string;
  readonly executable: { readonly path: string; readonly sha256: string | null } | null;
  readonly version: string | null;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
}

export interface EndReport {
  readonly finishedAt: string;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly exitCode: number | null;
  readonly reason?: 'exit_code' | 'signal' | 'not_started';
  readonly error: string | null;
  /** All inputs, with the digests that were computed meanwhile. */
  readonly inputs: readonly FileReport[];
  readonly outputs: readonly FileReport[];
  readonly stdin: string | null;
  readonly version: string | null;
  readonly executable: { readonly path: string; readonly sha256: string | null } | null;
  /** Out of the log of the run, as its task asks for them. */
  readonly numbers?: Readonly<Record<string, number>>;
}

/** What the server answers. */
export interface Told {
  readonly ref: string;
  readonly state: string;
  /** Set when the run began a new project. */
  readonly newProject: { readonly name: string; readonly directory: string | null } | null;
  /** The end is on record. */
  readonly final: boolean;
  /** Somebody asked to cancel it. */
  readonly cancel: boolean;
  /** What its task asks of the run; absent for nothing. */
  readonly asks?: Asks;
}

/** The project that a run began; one that it named need not have its folder for a directory. */
export function projectBegun({ project, folder }: RunReport, name: string): Told['newProject'] {
  return { name, directory: project === undefined ? folder : null };
}

/** The run is not on record yet: why, in words that follow “the run is kept”. */
export interface Untold {
  readonly why: string;
}

export function isUntold(answer: Told | Untold): answer is Untold {
  return 'why' in answer;
}
