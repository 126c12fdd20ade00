import type { Step, StepTie } from '../../core/files/methods.ts';
import type { FileKind, MadeBy, TieBy } from '../../core/jobs/job.ts';
import type { JobPlace } from '../../core/jobs/reference.ts';
import type { JobState } from '../../core/jobs/states.ts';
import type { Page } from '../storage.ts';

/** One mention of a file on the record. */
export interface Sighting {
  readonly ref: string;
  /** The attempt that wrote it; null for what was declared, or read. */
  readonly attempt: number | null;
  readonly role: 'input' | 'output';
  /** Where it is, as directories stand now; as it was told where its folder is not known. */
  readonly path: string;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly kind: FileKind | null;
  /** When it was made; of an input, when its job started. */
  readonly at: number;
  readonly state: JobState;
}

/** What is looked for: an absolute path in its plain form, or a digest. */
export type FileKey = { readonly path: string } | { readonly sha256: string };

export interface GraphNode {
  readonly ref: string;
  readonly title: string | null;
  readonly task: string | null;
  readonly command: readonly string[] | null;
  readonly state: JobState;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Ties between it and what was asked for. */
  readonly depth: number;
}

export interface GraphEdge {
  /** The job that made the file, and the one that read it. */
  readonly from: string;
  readonly to: string;
  readonly file: string;
  readonly by: TieBy;
  readonly cyclic: boolean;
}

/** Nodes by depth, then by age; edges by their ends, then by file. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Whether nothing was left out for a bound, or because it may not be read. */
  readonly complete: boolean;
}

export type Direction = 'ancestors' | 'descendants' | 'both';

/** Where a file came from. */
export interface Origin {
  readonly path: string;
  readonly madeBy: Maker | null;
  /** Other outputs of the same content, newest first. */
  readonly sameContent: readonly Maker[];
  /** What the attempt that made it read. */
  readonly inputs: readonly OriginInput[];
  /**
   * The attempts behind it, generation after generation: the one that made it, those that made what that read, and so
   * on; of a file that nobody made, beginning with those that made its content. Who else made its content is told too.
   */
  readonly steps: readonly OriginStep[];
  /** Whether the steps go back to the roots. */
  readonly complete: boolean;
}

/** An attempt that made files, with what it read. */
export interface OriginStep {
  readonly ref: string;
  readonly attempt: number;
  readonly finishedAt: number;
  readonly host: string | null;
  readonly inputs: readonly OriginInput[];
}

export interface Maker {
  readonly ref: string;
  readonly attempt: number;
  readonly finishedAt: number;
  /** The machine that it ran on; the name of the worker where that did not say. */
  readonly host: string | null;
  readonly path: string;
  readonly size: number | null;
  readonly sha256: string | null;
}

export interface OriginInput {
  readonly path: string;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly kind: FileKind | null;
  readonly note: string | null;
  readonly madeBy: MadeBy | null;
  /** The output that it was, as it was made. */
  readonly source: { readonly path: string; readonly sha256: string | null } | null;
}

/** A result that rests on what has been made again since. */
export interface StaleJob {
  readonly ref: string;
  readonly because: readonly StaleInput[];
}

export interface StaleInput {
  readonly path: string;
  /** What was read; where `now` is null, with the job that made the same last. */
  readonly was: { readonly ref: string; readonly sha256: string | null };
  /** What is there now; null where it is the same, and what made it is stale. */
  readonly now: { readonly ref: string; readonly sha256: string | null } | null;
}

/** Results that were obtained with a release of a database that is not the current one any more. */
export interface OutdatedRelease {
  readonly database: string;
  /** The release that is current, and the one that was read. */
  readonly now: string;
  readonly was: string;
  /** How many jobs have read it in the attempt that succeeded. */
  readonly results: number;
}

/** `only`: the projects that may be read; null for all. */
export interface ProvenanceStorage {
  /** Newest first. */
  listSightings(params: {
    readonly key: FileKey;
    readonly role: 'input' | 'output' | null;
    readonly only: readonly string[] | null;
    readonly limit: number;
    readonly after?: string;
  }): Promise<Page<Sighting>>;
  /**
   * The jobs that others rest on, or that rest on them, tie by tie, each once, nearest first. Of a file: of the job that
   * made it last, else of those that read it.
   */
  traceJobs(params: {
    readonly of: JobPlace | { readonly path: string };
    readonly direction: Direction;
    readonly depth: number;
    readonly limit: number;
    readonly only: readonly string[] | null;
  }): Promise<Graph>;
  /**
   * Jobs with a result that is still the last at its place, and whose inputs are not what they were. A page looks at a
   * bounded number of jobs, and so may be short though others follow.
   */
  listStale(params: {
    readonly project: string;
    readonly limit: number;
    readonly after?: string;
  }): Promise<Page<StaleJob>>;
  /** By database and release. */
  listOutdated(params: { readonly project: string }): Promise<readonly OutdatedRelease[]>;
  /** The job and all that it rests on, by age; `ties` between them. */
  listSteps(params: {
    readonly of: JobPlace;
    readonly limit: number;
    readonly only: readonly string[] | null;
  }): Promise<{
    readonly steps: readonly Step[];
    readonly ties: readonly StepTie[];
    readonly complete: boolean;
  }>;
  /**
   * Of what was made last at a path. `sha256`: of its present content, for `sameContent`. `depth`: generations to tell
   * in `steps`.
   */
  findOrigin(params: {
    readonly path: string;
    readonly sha256: string | null;
    readonly depth: number;
    readonly only: readonly string[] | null;
  }): Promise<Origin>;
}
