import type { Annotations } from '../annotations/annotations.ts';
import type { LockWish } from '../locks/wishes.ts';
import type { Asks } from '../tasks/asks.ts';
import type { EndReason, FinalState, JobState, LiveState, WaitReason } from './states.ts';

/** A file that a job reads or writes. Sizes are bytes; digests are lower-case hexadecimal SHA-256. */
export interface FileMention {
  readonly path: string;
  readonly size?: number;
  readonly sha256?: string;
  /** Absent for a file. */
  readonly kind?: FileKind;
  /** What is to be known of it, such as “changed while it was read”. */
  readonly note?: string;
}

export type FileKind = 'directory';

export type DependencyKind = 'success' | 'failure' | 'any';

/** A job to come after: a reference such as `toxd/12`, or the index of a job in the same request. */
export interface Dependency {
  readonly job: string | number;
  readonly on: DependencyKind;
}

export interface RetryPolicy {
  /** Attempts that may follow the first. */
  readonly max: number;
  readonly delayMs: number;
  readonly factor: number;
  readonly delayMsMax: number;
}

export interface TimeLimits {
  readonly startWithinMs?: number;
  readonly attemptMs?: number;
  readonly totalMs?: number;
}

export type OnLost = 'retry' | 'fail' | 'ask';

/** What was asked for: kept as written, loaded on demand, editable while the job is a draft. */
export interface JobDocument {
  readonly command: readonly string[] | null;
  readonly stdin: string | null;
  readonly directory: string | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly parameters: unknown;
  readonly inputs: readonly FileMention[];
  readonly outputs: readonly FileMention[];
  readonly after: readonly { readonly job: string; readonly on: DependencyKind }[];
  readonly notBefore: number | null;
  readonly resources: unknown;
  readonly limits: TimeLimits;
  readonly retry: RetryPolicy;
  readonly onLost: OnLost;
  readonly metadata: unknown;
  /** Of a job without work of its own: so many of its children are with workers at one time, at most. */
  readonly atOnce?: number;
  /** Databases that it locks while it is with a worker; absent for none. */
  readonly locks?: readonly LockWish[];
  /** Of a run of a registered task: what is asked of it; absent for nothing. */
  readonly asks?: Asks;
}

/** One job as it is to be inserted: normalised, its dependencies not yet resolved. */
export interface JobSpec extends Omit<JobDocument, 'after'> {
  readonly task: string | null;
  readonly title: string | null;
  readonly owner: string;
  readonly queue: string;
  readonly priority: number;
  /** The parent's number in the same project, such as `12` or `12.1`. */
  readonly parent: string | null;
  readonly after: readonly Dependency[];
  readonly hold: boolean;
  readonly submit: boolean;
  /** The reference of the job that this one repeats. */
  readonly rerunOf: string | null;
  /** Of a run of a registered task, the digest of its parameters: no two such runs are unfinished at one time. */
  readonly once?: string;
}

/** A job as a list shows it. Times are milliseconds since 1970, UTC. */
export interface JobRecord extends Annotations {
  readonly id: number;
  readonly project: string;
  readonly number: string;
  readonly parent: string | null;
  readonly task: string | null;
  readonly title: string | null;
  readonly state: JobState;
  readonly reason: WaitReason | EndReason | null;
  readonly owner: string;
  readonly queue: string;
  readonly priority: number;
  readonly createdAt: number;
  readonly submittedAt: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly cancelRequestedAt: number | null;
  readonly trashedAt: number | null;
  readonly exitCode: number | null;
  readonly attempts: number;
  readonly revision: number;
  readonly rerunOf: string | null;
  readonly origin: Origin;
}

/** Many jobs at once, a column for each thing that is told of them; the n-th of each is of the n-th job. */
export interface JobIndex {
  readonly numbers: readonly string[];
  readonly states: readonly JobState[];
  readonly tasks: readonly (string | null)[];
  readonly titles: readonly (string | null)[];
  readonly revisions: readonly number[];
}

/** A queued job is run by workers; a recorded one is run by somebody else, who tells of it. */
export type Origin = 'queued' | 'recorded';

export interface FileRecord extends FileMention {
  readonly role: 'input' | 'output';
  /** The attempt that wrote it; null for what was declared, or read. */
  readonly attempt: number | null;
  /** Of an input: which job made it, as it was found when the attempt started. */
  readonly madeBy?: MadeBy;
}

/** A tie from an input to the output that it is. */
export interface MadeBy {
  readonly ref: string;
  readonly attempt: number;
  readonly by: TieBy;
  /** It would close a circle of jobs, and is passed over where ties are followed. */
  readonly cyclic: boolean;
  /** Found when the job was submitted; it is looked for again when the job starts. */
  readonly provisional: boolean;
}

export type TieBy = 'path' | 'content';

/** Where and by what an attempt is run, as far as its worker, or its recorder, told. */
export interface RunFacts {
  readonly host: string | null;
  readonly account: string | null;
  readonly executable: { readonly path: string; readonly sha256: string | null } | null;
  readonly version: string | null;
}

export interface Progress {
  readonly fraction: number;
  readonly text: string | null;
  readonly counts: Counts | null;
  readonly at: number;
}

/** How much is done, of how much, of what: 3 of 12 files. */
export interface Counts {
  readonly done: number;
  readonly total: number | null;
  readonly unit: string | null;
}

/** What is said of progress at one time; what is null stays as it was. */
export interface ProgressSaid {
  readonly fraction: number | null;
  readonly text: string | null;
  readonly counts: Counts | null;
}

/** A database that an attempt of a job locked, and what it read there. */
export interface DatabaseUse extends LockWish {
  readonly attempt: number;
  /** The release that was current; null where the database has none. */
  readonly release: string | null;
}

/** How many files the details of a job show; the others are listed. */
export const filesShown = 1_000;

export interface JobDetails extends JobRecord {
  readonly document: JobDocument;
  /** Of the last attempt that has started; null where nothing is known. */
  readonly run: RunFacts | null;
  readonly files: readonly FileRecord[];
  readonly progress: Progress | null;
  /** What its attempts locked, by attempt and path. */
  readonly databases: readonly DatabaseUse[];
  /** How its children stand; null for a job with work of its own that has none. */
  readonly children: Children | null;
}

/** How many children of a job are unfinished, and how the others ended; expired and denied ones count as failed. */
export interface Children {
  readonly open: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** What decides an unfinished job’s next moves; the row that dispatch reads and writes. */
export interface LiveJob {
  readonly id: number;
  readonly projectId: number;
  readonly number: string;
  readonly parentId: number | null;
  /** null for a job without work of its own: it is never handed out. */
  readonly classId: number | null;
  readonly state: LiveState;
  readonly reason: WaitReason | EndReason | null;
  readonly revision: number;
  readonly priority: number;
  /** Set exactly while the job is ready; smaller is handed out first. */
  readonly rank: number | null;
  /** When it became ready; kept in a worker’s hands, so that a job that comes back keeps its age. */
  readonly readyAt: number | null;
  /** Attempts started so far. The one on offer is the next. */
  readonly attempt: number;
  readonly epoch: number | null;
  readonly workerId: number | null;
  readonly held: boolean;
  /** Dependencies that are not met yet. */
  readonly pending: number;
  readonly notBefore: number | null;
  readonly startBy: number | null;
  readonly finishBy: number | null;
  readonly offerEndsAt: number | null;
  readonly attemptEndsAt: number | null;
  readonly startedAt: number | null;
  readonly cancelRequestedAt: number | null;
  /** A recorded run counts as alive until then; null for what workers run, who have a lease of their own. */
  readonly leaseEndsAt: number | null;
  readonly policy: Policy;
}

/** The part of a job’s document that its moves depend on. */
export interface Policy {
  readonly retry: RetryPolicy;
  readonly attemptMs: number | null;
  readonly onLost: OnLost;
  /** Whether it names inputs: they are tied to what made them when an attempt starts. */
  readonly readsFiles: boolean;
  /** Whether it holds locks on databases while it is with a worker. Absent: no. */
  readonly locks?: true;
}

/** A job as it stands when it is retried after its end. */
export interface EndedJob {
  readonly id: number;
  readonly state: FinalState;
  readonly attempts: number;
  readonly revision: number;
}

export const attemptOutcomes = ['succeeded', 'failed', 'cancelled', 'lost'] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

/** What came of an attempt after it was over: kept, and nothing changed by it. */
export interface LateReport {
  readonly attempt: number;
  readonly epoch: number;
  readonly at: number;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled' | 'returned';
  readonly exitCode: number | null;
  readonly reason: EndReason | null;
  readonly error: string | null;
  /** The paths of the files it names. */
  readonly outputs: readonly string[];
}

/** So many late reports of one job are shown. */
export const lateReportsShown = 100;

/** One try at a job, written when it has ended. */
export interface AttemptRecord {
  readonly jobId: number;
  readonly attempt: number;
  readonly epoch: number;
  readonly workerId: number | null;
  readonly worker: string | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly outcome: AttemptOutcome | null;
  readonly exitCode: number | null;
  readonly reason: EndReason | null;
  readonly error: string | null;
  readonly run: RunFacts | null;
}
