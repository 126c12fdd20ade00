/**
 * The storage, as the use cases see it. Every verb is one act: it happens whole or not at all, and its promise is
 * kept after the commit that survives a power cut. Verbs take many at once; no connection, no transaction and no
 * callback crosses this port. Refusals are Faults; nothing of a refused act is kept.
 */

import type { AnnotationChanges } from '../core/annotations/annotations.ts';
import type { ReadyWork } from '../core/dispatch/classes.ts';
import type { Position } from '../core/events/cursor.ts';
import type { RecordedEvent } from '../core/events/event.ts';
import type {
  AttemptRecord,
  FileRecord,
  JobDetails,
  JobDocument,
  JobIndex,
  JobRecord,
  JobSpec,
  LateReport,
} from '../core/jobs/job.ts';
import type { JobPlace } from '../core/jobs/reference.ts';
import type { JobState } from '../core/jobs/states.ts';
import type { Resolution } from '../core/jobs/steps.ts';
import type { Situation } from '../core/jobs/why.ts';
import type { CommentStorage } from './records/annotations.ts';
import type { CatalogueStorage } from './records/catalogue.ts';
import type { DirectoryStorage } from './records/directories.ts';
import type { HandStorage } from './records/hands.ts';
import type { LockStorage } from './records/locks.ts';
import type { ProvenanceStorage } from './records/provenance.ts';
import type { RunStorage } from './records/runs.ts';
import type { SelectStorage } from './records/select.ts';
import type { ServerStorage } from './records/servers.ts';
import type { TaskStorage } from './records/tasks.ts';
import type { TemplateStorage } from './records/templates.ts';
import type { TokenStorage } from './records/tokens.ts';
import type { TrashStorage } from './records/trash.ts';
import type { VerifyStorage } from './records/verify.ts';
import type { WaitingStorage } from './records/waiting.ts';
import type { OutputChunk, WorkerStorage } from './records/workers.ts';

/** Who acts. With `idempotency`, a repetition of the same act within a day gives the first answer again. */
export interface Actor {
  readonly principal: string;
  readonly idempotency?: Idempotency;
}

export interface Idempotency {
  readonly route: string;
  readonly key: string;
  /** Digest of the body; the same key with another one is a conflict. */
  readonly digest: string;
  /** Set to true by the storage when the answer is the one that was given first. */
  replayed?: boolean;
}

export interface Project {
  readonly name: string;
  readonly title: string | null;
  readonly directory: string | null;
  readonly owner: string;
  readonly metadata: unknown;
  readonly createdAt: number;
  readonly revision: number;
}

/** A project with what lists leave out. */
export interface ProjectDetails extends Project {
  /** Markdown. */
  readonly notes: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** The key to go on from; null at the end. */
  readonly next: string | null;
  /** The place in the order of events at which this page is exact. */
  readonly asOf: Position;
}

export type JobCounts = Readonly<Partial<Record<JobState, number>>>;

export interface ListJobs {
  readonly project: string;
  readonly states?: readonly JobState[];
  readonly parent?: string;
  readonly newestFirst?: boolean;
  readonly limit: number;
  readonly after?: string;
}

export type JobAct = 'submit' | 'cancel' | 'retry' | 'hold' | 'release' | 'trash' | 'restore' | Resolution;

export interface JobChanges {
  readonly title?: string | null;
  readonly priority?: number;
  readonly metadata?: unknown;
  readonly annotations?: AnnotationChanges;
  /** Only while the job is a draft. */
  readonly document?: Partial<Omit<JobDocument, 'after' | 'metadata'>>;
}

export interface LogChunk extends OutputChunk {
  readonly attempt: number;
  readonly at: number;
}

export interface ListEvents {
  readonly after: Position | null;
  readonly limit: number;
  /** Only this project; null for all. */
  readonly project: string | null;
}

export interface EventPage {
  readonly items: readonly RecordedEvent[];
  readonly incarnation: string;
  /** Where to go on: the last event looked at, whether or not it was selected. */
  readonly upTo: number;
  /** The last event there is. */
  readonly last: number;
}

export interface StorageIdentity {
  readonly kind: 'sqlite' | 'postgres' | 'memory';
  /** How SQLite keeps its commits; null for what has no such journal. */
  readonly journal: 'wal' | 'rollback' | null;
  readonly schema: number;
  readonly incarnation: string;
  readonly lastEvent: number;
}

export interface StorageStatus extends StorageIdentity {
  /** Outside the trash. */
  readonly jobs: JobCounts;
  readonly projects: number;
  readonly workers: number;
  /** Age (ms) of the oldest ready job; null if none is ready. */
  readonly oldestReadyMs: number | null;
  /** Requests for locks, of sessions, jobs and closures. */
  readonly locks: { readonly granted: number; readonly waiting: number };
}

export interface SweepReport {
  readonly extendedMs: number;
  readonly moved: number;
  readonly lostWorkers: number;
}

/**
 * Hints after a commit; of ready jobs maybe just before it, so that a claim asked for at once shares it. They may be lost
 * or doubled: whoever waits also asks again by the clock.
 */
export interface Hint {
  /** Jobs that may be handed out; null for none. */
  readonly ready: ReadyWork | null;
  readonly event: boolean;
  /** Workers (ids) that hold something they should look at. */
  readonly workers: readonly number[];
  /** Whether a request for locks that waited was granted, or taken back. */
  readonly locks: boolean;
}

export interface Storage
  extends CommentStorage,
    TaskStorage,
    TemplateStorage,
    TrashStorage,
    RunStorage,
    SelectStorage,
    ServerStorage,
    HandStorage,
    DirectoryStorage,
    ProvenanceStorage,
    LockStorage,
    CatalogueStorage,
    TokenStorage,
    VerifyStorage,
    WaitingStorage,
    WorkerStorage {
  /** Creates a project; its name is never given again. */
  createProject(params: {
    readonly by: Actor;
    readonly name: string;
    readonly title: string | null;
    readonly directory: string | null;
    readonly metadata: unknown;
  }): Promise<ProjectDetails>;
  listProjects(params: {
    readonly limit: number;
    readonly after?: string;
    readonly only?: readonly string[];
  }): Promise<Page<Project>>;
  /** All projects whose directory is the folder, or holds it, innermost first; `folder` in its plain form. */
  listProjectsHolding(params: {
    readonly folder: string;
    readonly only?: readonly string[];
  }): Promise<Page<Project>>;
  getProject(params: { readonly name: string }): Promise<ProjectDetails>;
  /** Changes what is given; refused when `revision` is given and not the current one. */
  updateProject(params: {
    readonly by: Actor;
    readonly name: string;
    readonly revision: number | null;
    readonly title?: string | null;
    readonly directory?: string | null;
    readonly metadata?: unknown;
    readonly notes?: string;
  }): Promise<ProjectDetails>;
  /** Moves a project without unfinished jobs to the trash. */
  deleteProject(params: { readonly by: Actor; readonly name: string }): Promise<void>;

  /** Inserts jobs, all or none; dependencies by index refer to this call. Answers in the order given. */
  insertJobs(params: {
    readonly by: Actor;
    readonly project: string;
    readonly jobs: readonly JobSpec[];
  }): Promise<readonly JobRecord[]>;
  /** How many jobs of the project, outside the trash, are in which state; costs as much as its unfinished jobs. */
  countJobs(params: { readonly project: string }): Promise<JobCounts>;
  listJobs(params: ListJobs): Promise<Page<JobRecord>>;
  /** Little of very many: the jobs of a project, outside the trash, in the order of their creation. */
  indexJobs(params: {
    readonly project: string;
    readonly limit: number;
    readonly after?: string;
  }): Promise<{ readonly index: JobIndex; readonly next: string | null; readonly asOf: Position }>;
  getJob(params: JobPlace): Promise<JobDetails>;
  editJob(params: {
    readonly by: Actor;
    readonly place: JobPlace;
    readonly revision: number | null;
    readonly changes: JobChanges;
  }): Promise<JobRecord>;
  /** Applies one act of a person to jobs, all or none. */
  moveJobs(params: {
    readonly by: Actor;
    readonly places: readonly JobPlace[];
    readonly act: JobAct;
  }): Promise<readonly JobRecord[]>;
  /** All that `why` needs to know of one job. */
  explainJob(params: JobPlace): Promise<Situation>;
  listAttempts(params: JobPlace): Promise<readonly AttemptRecord[]>;
  /** The first reports (at most `lateReportsShown`) that came after their attempts were over. */
  listLateReports(params: JobPlace): Promise<readonly LateReport[]>;
  listFiles(
    params: JobPlace & { readonly limit: number; readonly after?: string },
  ): Promise<Page<FileRecord>>;
  /** The log of one attempt (the newest if none is named) in the order it was written; while it runs, up to a gap. */
  readLog(
    params: JobPlace & { readonly attempt: number | null; readonly after: number; readonly limit: number },
  ): Promise<{
    readonly attempt: number | null;
    readonly chunks: readonly LogChunk[];
    readonly complete: boolean;
  }>;

  listEvents(params: ListEvents): Promise<EventPage>;

  /**
   * To be called once on a storage that was restored from a backup. Nothing given since the backup is ever given again:
   * numbers and ids jump ahead, epochs begin above every older one, cursors of before are gone; what ran is lost, and
   * reports of before are recorded and not applied. `replaced` is the greatest epoch of the storage in whose place it was
   * put, where that is known: a clock that was set back between two restores would lead to smaller ones.
   */
  startIncarnation(replaced?: number): Promise<{ readonly incarnation: string; readonly taken: number }>;
  /** Lets time act: offers and leases that ran out, limits, delays that ended, records past their keeping. */
  sweep(): Promise<SweepReport>;
  /** Which storage this is and where its record stands: cheap, and fails when the database does not answer. */
  identify(): Promise<StorageIdentity>;
  /** Counts; costs as much as there are unfinished jobs. */
  status(): Promise<StorageStatus>;
  /** The key with which this storage’s servers sign short-lived tokens. */
  signingKey(): Promise<string>;
  onHint(listener: (hint: Hint) => void): () => void;
  /** From now on nobody waits for a database that is away, as before a stop. */
  hurry(): void;
  close(): Promise<void>;
}
