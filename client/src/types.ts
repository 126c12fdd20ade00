/** The shapes of the HTTP contract, made from docs/openapi.json by `npm run generate`; do not edit. */

export interface Attempt {
  attempt: number;
  epoch: number;
  worker: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  outcome: 'succeeded' | 'failed' | 'cancelled' | 'lost' | null;
  exitCode: number | null;
  reason: string | null;
  error: string | null;
  /** Where and by what it was run; null where nothing is known */
  run: RunFacts | null;
}

export interface AttemptClaim {
  /** As it was offered */
  attempt: string;
  epoch: number;
}

export interface AttemptList {
  items: readonly Attempt[];
  /** What came after an attempt was over: kept, and nothing changed by it; at most 100 */
  late: readonly LateReport[];
}

export interface BulkAct {
  /** A selection, such as state:failed tag:native Rfree<0.25 */
  where: string;
  /** This, or changes */
  act?:
    | 'submit'
    | 'cancel'
    | 'retry'
    | 'hold'
    | 'release'
    | 'trash'
    | 'restore'
    | 'resolve_succeeded'
    | 'resolve_failed'
    | 'resolve_retry'
    | undefined;
  changes?:
    | {
        addTags?: readonly string[] | undefined;
        removeTags?: readonly string[] | undefined;
        rating?: Rating | null | undefined;
        priority?: number | undefined;
      }
    | undefined;
  /** Only tell what is selected */
  dryRun?: boolean | undefined;
  /** Jobs of one slice */
  limit?: number | undefined;
  /** `next` of the page before */
  after?: string | undefined;
}

export interface BulkReport {
  /** Jobs of this slice */
  matched: number;
  items: readonly {
    ref: string;
    done: boolean;
    /** Why it was refused, or (dry run) would be */
    code: string | null;
  }[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
}

export interface CatalogueProblem {
  file: string;
  line: number | null;
  database: string | null;
  text: string;
}

export interface Children {
  open: number;
  succeeded: number;
  failed: number;
  cancelled: number;
}

export interface ClaimAnswer {
  offers: readonly Offer[];
  /** Attempts to drop: they are no longer the worker’s */
  abandon: readonly string[];
  /** Attempts to stop */
  cancel: readonly string[];
  leaseMs: number;
  /** When to ask again */
  pollAfterMs: number;
}

export interface ClaimRequest {
  /** What the worker speaks; servers speak theirs and the one before */
  protocol?: number | undefined;
  /** As it was given at registration */
  worker: string;
  /** 0 asks for news only */
  capacity: number;
  /** All that the worker holds */
  held: readonly HeldAttempt[];
  /** The highest epoch that the worker has been told, by its registration or in an offer */
  seen?: number | undefined;
  waitMs?: number | undefined;
  /** Directories that the worker has in other folders */
  aliases?: readonly string[] | undefined;
}

export interface CloseDatabase {
  reason?: string | null | undefined;
  until?: string | null | undefined;
  graceMs?: number | undefined;
  /** Of a PostgreSQL: once it is closed, it keeps roles out itself */
  enforce?: boolean | undefined;
  /** Those to keep out, in place of the settings’ */
  roles?: readonly string[] | undefined;
}

export interface Closure {
  /** The ticket of its lock */
  lock: string;
  /** Null while it waits for those who still hold something */
  epoch: number | null;
  by: string;
  reason: string | null;
  since: string;
  graceEndsAt: string;
  /** A promise: nothing happens then */
  until: string | null;
  /** Null: who asks for no lock is not stopped */
  enforcement: Enforcement | null;
}

export interface Comment {
  id: number;
  author: string;
  createdAt: string;
  editedAt: string | null;
  text: string;
}

export interface CommentList {
  items: readonly Comment[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

export interface ConfirmAnswer {
  /** Only these may be started */
  start: readonly string[];
  refused: readonly RefusedAttempt[];
}

export interface ConfirmRequest {
  /** As it was given at registration */
  worker: string;
  attempts: readonly AttemptClaim[];
}

export interface Counts {
  done: number;
  total: number | null;
  unit: string | null;
}

export interface CreatedToken {
  /** Shown this once */
  token: string;
  id: string;
  name: string;
  role: Role;
  project: string | null;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
}

export interface Database {
  name: string;
  kind: DatabaseKind;
  state: DatabaseState;
  tag: string | null;
  description: string;
  /** What its kind takes, such as directory or url; never a password */
  settings: { readonly [name: string]: unknown };
  release: string | null;
  /** The watched file that declares it */
  declaredIn: string | null;
  createdAt: string;
  revision: number;
  closure: Closure | null;
}

export interface DatabaseChanges {
  tag?: string | null | undefined;
  description?: string | undefined;
  /** What its kind takes, such as directory or url; never a password */
  settings?: { readonly [name: string]: unknown } | undefined;
  release?: string | null | undefined;
  /** The revision that was read */
  revision?: number | undefined;
}

export type DatabaseKind = 'project' | 'bank' | 'postgres' | 'files' | 'external';

export interface DatabaseList {
  items: readonly Database[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
  /** Of the files that this server watches */
  problems: readonly CatalogueProblem[];
}

export type DatabaseState = 'on' | 'closing' | 'closed' | 'off';

export interface DatabaseUse {
  path: string;
  mode: LockMode;
  /** That was current then; null where the database has none */
  release: string | null;
  attempt: number;
}

export interface Dependency {
  job: string;
  on: DependencyKind;
}

export type DependencyKind = 'success' | 'failure' | 'any';

export interface Difference {
  /** Such as parameters.cell.a, or inputs.data.mtz */
  field: string;
  /** Null for nothing */
  left: unknown;
  /** Null for nothing */
  right: unknown;
}

export interface Directory {
  alias: string;
  path: string;
}

export interface DirectoryList {
  items: readonly Directory[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

/** Roles that the PostgreSQL itself keeps out */
export interface Enforcement {
  /** Of which they have no use; null: they may not connect */
  schema: string | null;
  roles: readonly string[];
}

export interface Event {
  cursor: string;
  at: string;
  type: EventType;
  project: string | null;
  /** Of what happened to one of the catalogue */
  database: string | null;
  actor: string;
  jobs: readonly JobMoved[];
}

export interface EventList {
  items: readonly Event[];
  /** Where to go on, also when nothing came */
  next: string;
  asOf: string;
}

export type EventType =
  | 'project.created'
  | 'project.changed'
  | 'project.deleted'
  | 'directories.changed'
  | 'jobs.created'
  | 'jobs.changed'
  | 'jobs.offered'
  | 'jobs.started'
  | 'jobs.ended'
  | 'jobs.trashed'
  | 'jobs.restored'
  | 'jobs.purged'
  | 'worker.registered'
  | 'worker.lost'
  | 'server.registered'
  | 'server.draining'
  | 'server.stopped'
  | 'server.lost'
  | 'storage.failed_over'
  | 'token.created'
  | 'token.revoked'
  | 'database.added'
  | 'database.changed'
  | 'database.closing'
  | 'database.closed'
  | 'database.reopened'
  | 'database.published'
  | 'database.removed'
  | 'session.ended'
  | 'lock.broken'
  | 'report.late';

export interface Executable {
  path: string;
  sha256: string | null;
}

export interface FileMaker {
  ref: string;
  attempt: number;
  finishedAt: string;
  /** The machine of a recorded run, the worker of a queued job */
  host: string | null;
  path: string;
  size: number | null;
  sha256: string | null;
}

export interface FileMention {
  path: string;
  size?: number | undefined;
  /** 64 lower-case hexadecimal digits */
  sha256?: string | undefined;
  /** Absent for a file */
  kind?: 'directory' | undefined;
  /** Such as: changed while it was read */
  note?: string | undefined;
}

export interface FinishAnswer {
  results: readonly FinishResult[];
}

export interface FinishRequest {
  attempts: readonly FinishedAttempt[];
}

export interface FinishResult {
  attempt: string;
  /** false: recorded as a late report, and nothing changed */
  applied: boolean;
  code: string | null;
}

export interface FinishedAttempt {
  /** As it was offered */
  attempt: string;
  epoch: number;
  outcome: 'succeeded' | 'failed' | 'cancelled' | 'returned';
  exitCode?: number | null | undefined;
  outputs?: readonly (string | FileMention)[] | undefined;
  error?: string | null | undefined;
  reason?: string | null | undefined;
  /** What was run */
  executable?: Executable | null | undefined;
  version?: string | null | undefined;
  /** The last that it said of itself */
  progress?:
    | {
        fraction?: number | undefined;
        text?: string | undefined;
        counts?: ToldCounts | undefined;
      }
    | undefined;
  /** Out of its log: they become numbers of the job */
  numbers?: { readonly [name: string]: number } | undefined;
}

export interface Flaw {
  check:
    | 'job_state'
    | 'job_hands'
    | 'job_rank'
    | 'attempts'
    | 'outcome'
    | 'children'
    | 'counts'
    | 'lock_holder'
    | 'lock_claims'
    | 'lock_alone'
    | 'lock_missing'
    | 'event_gap'
    | 'event_state';
  /** What must hold */
  meaning: string;
  /** A job, a project, a path, a lock or an event */
  subject: string;
  found: string;
  expected: string;
}

export interface Grant {
  role: Role;
  project: string | null;
}

export interface Graph {
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  /** Nothing was left out for a bound, or because it may not be read */
  complete: boolean;
}

export interface GraphEdge {
  /** The job that made the file */
  from: string;
  /** The job that read it */
  to: string;
  file: string;
  by: 'path' | 'content';
  /** It would close a circle of jobs, and is not followed */
  cyclic: boolean;
}

export interface GraphNode {
  ref: string;
  title: string | null;
  task: string | null;
  command: readonly string[] | null;
  state: JobState;
  startedAt: string | null;
  finishedAt: string | null;
  /** Ties between it and what was asked for */
  depth: number;
}

export interface Health {
  status: 'ok';
  version: string;
  storage: 'sqlite' | 'postgres' | 'memory';
  /** How SQLite keeps its commits; null for any other storage */
  journal: 'wal' | 'rollback' | null;
  /** Changes when the storage is restored or fails over */
  incarnation: string;
  now: string;
}

export interface HeldAttempt {
  /** As it was offered */
  attempt: string;
  epoch: number;
  state: 'offered' | 'running' | 'finished';
}

/** A job with all that was asked for */
export interface Job {
  ref: string;
  project: string;
  number: string;
  parent: string | null;
  task: string | null;
  title: string | null;
  state: JobState;
  /** Why it waits, or why it ended so */
  reason: string | null;
  owner: string;
  queue: string;
  priority: number;
  createdAt: string;
  submittedAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  cancelRequestedAt: string | null;
  trashedAt: string | null;
  exitCode: number | null;
  /** Started attempts */
  attempts: number;
  revision: number;
  rerunOf: string | null;
  /** recorded: run by somebody else, who tells of it */
  origin: 'queued' | 'recorded';
  rating: Rating | null;
  tags: readonly string[];
  numbers: { readonly [name: string]: number };
  /** How many there are */
  comments: number;
  /** At most 1,000; all of them under /files */
  files: readonly JobFile[];
  progress: Progress | null;
  /** Where and by what its last attempt was run; null where nothing is known */
  run: RunFacts | null;
  command: readonly string[] | null;
  stdin: string | null;
  directory: string | null;
  environment: { readonly [name: string]: string };
  /** Any JSON, at most 32 levels deep */
  parameters: unknown;
  inputs: readonly FileMention[];
  outputs: readonly FileMention[];
  after: readonly Dependency[];
  notBefore: string | null;
  /** Any JSON, at most 32 levels deep */
  resources: unknown;
  limits: TimeLimits;
  retry: RetryPolicy;
  onLost: OnLost;
  /** Any JSON, at most 32 levels deep */
  metadata: unknown;
  atOnce: number | null;
  locks: readonly LockWish[];
  /** What its attempts locked, and read there */
  databases: readonly DatabaseUse[];
  /** How they stand; null for a job without children */
  children: Children | null;
}

export interface JobChanges {
  title?: string | null | undefined;
  /** Larger first */
  priority?: number | undefined;
  /** Any JSON, at most 32 levels deep */
  metadata?: unknown;
  rating?: Rating | null | undefined;
  tags?: readonly string[] | undefined;
  addTags?: readonly string[] | undefined;
  removeTags?: readonly string[] | undefined;
  /** Named numbers, merged; null removes one */
  numbers?: { readonly [name: string]: number | null } | undefined;
  /** Argument vector; no shell */
  command?: readonly string[] | null | undefined;
  stdin?: string | null | undefined;
  directory?: string | null | undefined;
  environment?: { readonly [name: string]: string } | undefined;
  /** Any JSON, at most 32 levels deep */
  parameters?: unknown;
  inputs?: readonly (string | FileMention)[] | undefined;
  outputs?: readonly (string | FileMention)[] | undefined;
  notBefore?: string | null | undefined;
  /** Any JSON, at most 32 levels deep */
  resources?: unknown;
  limits?: TimeLimits | undefined;
  retry?: NewRetryPolicy | undefined;
  onLost?: OnLost | undefined;
  /** On databases: given with the offer, freed when the attempt ends */
  locks?: readonly (string | LockWish)[] | undefined;
  /** The revision that was read */
  revision?: number | undefined;
}

export interface JobCount {
  count: number;
  /** false: there are at least so many; the count was given up */
  complete: boolean;
}

/** What two jobs have not in common */
export interface JobDiff {
  left: string;
  right: string;
  fields: readonly Difference[];
  /** False where a job has 1,000 files or more: the rest was not compared */
  complete: boolean;
}

export interface JobFile {
  role: 'input' | 'output';
  path: string;
  size: number | null;
  sha256: string | null;
  /** The attempt that wrote it; null for what was declared, or read */
  attempt: number | null;
  /** Null for a file */
  kind: 'directory' | null;
  note: string | null;
  /** Of an input: what made it */
  madeBy: MadeBy | null;
}

export interface JobFileList {
  items: readonly JobFile[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

/** A column for each thing that is told; the n-th of each is of the n-th job */
export interface JobIndex {
  numbers: readonly string[];
  states: readonly JobState[];
  tasks: readonly (string | null)[];
  titles: readonly (string | null)[];
  revisions: readonly number[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

export interface JobList {
  items: readonly JobSummary[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
  /** Why a selection found nothing, such as a tag that no job has */
  notes?: readonly string[] | undefined;
}

export interface JobMoved {
  ref: string;
  state: JobState;
  revision: number;
  /** In the trash, or purged: lists do not show it */
  trashed?: true | undefined;
}

export type JobState =
  | 'draft'
  | 'waiting'
  | 'ready'
  | 'offered'
  | 'running'
  | 'lost'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'expired'
  | 'denied';

/** A job as lists show it */
export interface JobSummary {
  ref: string;
  project: string;
  number: string;
  parent: string | null;
  task: string | null;
  title: string | null;
  state: JobState;
  /** Why it waits, or why it ended so */
  reason: string | null;
  owner: string;
  queue: string;
  priority: number;
  createdAt: string;
  submittedAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  cancelRequestedAt: string | null;
  trashedAt: string | null;
  exitCode: number | null;
  /** Started attempts */
  attempts: number;
  revision: number;
  rerunOf: string | null;
  /** recorded: run by somebody else, who tells of it */
  origin: 'queued' | 'recorded';
  rating: Rating | null;
  tags: readonly string[];
  numbers: { readonly [name: string]: number };
  /** How many there are */
  comments: number;
}

export interface LateReport {
  attempt: number;
  epoch: number;
  at: string;
  outcome: 'succeeded' | 'failed' | 'cancelled' | 'returned';
  exitCode: number | null;
  reason: string | null;
  error: string | null;
  /** The paths of the files it names */
  outputs: readonly string[];
}

export interface Lock {
  /** Names the request, and is its place in the order of arrival */
  lock: string;
  state: 'waiting' | 'granted';
  locks: readonly LockWish[];
  /** Given with the grant; larger than any that was given before */
  epoch: number | null;
  requestedAt: string;
  grantedAt: string | null;
  /** Until when it waits at most */
  waitUntil: string | null;
  /** Until when it lives without a renewal */
  leaseEndsAt: string | null;
  holder: LockHolder;
  /** Of jobs that no connected worker may run: they block nobody */
  asleep: boolean;
  /** The locks that it waits for */
  waitsFor: readonly string[];
  /** 1 for the first of those that wait for the same; 0 when granted */
  position: number;
}

export interface LockBreak {
  /** As it was given */
  lock: string;
}

export interface LockChange {
  /** As it was given */
  lock: string;
  epoch: number;
  /** A database, such as embl, or a path in it, such as chado/curation or nr@2026-10 */
  path: string;
  mode: LockMode;
}

export interface LockCheck {
  /** A database, such as embl, or a path in it, such as chado/curation or nr@2026-10 */
  path: string;
  mode: LockMode;
  epoch: number;
}

export interface LockChecked {
  held: boolean;
}

export interface LockClaimed {
  /** As it was given */
  lock: string;
  /** As it was granted; 0 for one that waits */
  epoch: number;
}

export interface LockHolder {
  kind: 'session' | 'job' | 'closure';
  principal: string;
  session?: string | undefined;
  /** Of a session: what it calls itself */
  name?: string | undefined;
  host?: string | null | undefined;
  pid?: number | null | undefined;
  /** The job that holds it, or the first of those that wait together */
  job?: string | undefined;
  worker?: string | null | undefined;
  progress?:
    | {
        fraction: number;
        text: string | null;
      }
    | null
    | undefined;
  /** Of a closure */
  database?: string | undefined;
  reason?: string | null | undefined;
  /** When it is said to be open again */
  until?: string | null | undefined;
}

export interface LockList {
  items: readonly Lock[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

export type LockMode = 'shared' | 'exclusive';

export interface LockWish {
  /** A database, such as embl, or a path in it, such as chado/curation or nr@2026-10 */
  path: string;
  mode: LockMode;
}

export interface LocksNamed {
  locks: readonly LockClaimed[];
}

export interface LocksReleased {
  results: readonly {
    lock: string;
    released: boolean;
    code: string | null;
  }[];
}

export interface LocksRenewed {
  /** The shortest lease of their sessions; null when all are lost */
  leaseMs: number | null;
  /** Those that are not the caller’s any more */
  lost: readonly string[];
  notices: readonly SessionNotice[];
}

export interface Log {
  attempt: number | null;
  items: readonly LogChunk[];
  /** Where to go on (`after`); null when all was read, or nothing is there yet */
  next: number | null;
  /** The attempt has ended, and this page is the last */
  complete: boolean;
}

export interface LogChunk {
  sequence: number;
  stream: 'stdout' | 'stderr' | 'note';
  at: string;
  data: string;
}

export interface LoginCode {
  /** Works once: open /?c=CODE in a browser */
  code: string;
  expiresInMs: number;
}

export interface MadeBy {
  ref: string;
  attempt: number;
  by: 'path' | 'content';
  /** It would close a circle of jobs, and is not followed */
  cyclic: boolean;
  /** Looked for again when the job starts */
  provisional: boolean;
}

export interface Me {
  principal: string;
  grants: readonly Grant[];
}

export interface Methods {
  /** The paragraph for a paper */
  text: string;
  /** Each after those that it rests on */
  steps: readonly MethodsStep[];
  complete: boolean;
}

export interface MethodsStep {
  ref: string;
  title: string | null;
  task: string | null;
  program: string;
  version: string | null;
  executable: string | null;
  command: readonly string[] | null;
  /** Any JSON, at most 32 levels deep */
  parameters: unknown;
  state: JobState;
  /** What its last attempt locked, and read there */
  databases: readonly {
    path: string;
    release: string | null;
  }[];
}

export interface NewComment {
  /** Markdown, at most 65536 bytes of UTF-8 */
  text: string;
}

export interface NewDatabase {
  name: string;
  kind: 'bank' | 'postgres' | 'files' | 'external';
  tag?: string | null | undefined;
  description?: string | undefined;
  /** What its kind takes, such as directory or url; never a password */
  settings?: { readonly [name: string]: unknown } | undefined;
  release?: string | null | undefined;
  state?: 'on' | 'off' | undefined;
}

export interface NewDependency {
  /** A reference such as toxd/12, or the index of a job in this request */
  job: string | number;
  on?: DependencyKind | undefined;
}

export interface NewDirectory {
  /** Absolute */
  path: string;
}

export interface NewJob {
  task?: string | null | undefined;
  title?: string | null | undefined;
  /** Larger first */
  priority?: number | undefined;
  /** Any JSON, at most 32 levels deep */
  metadata?: unknown;
  /** Argument vector; no shell */
  command?: readonly string[] | null | undefined;
  stdin?: string | null | undefined;
  directory?: string | null | undefined;
  environment?: { readonly [name: string]: string } | undefined;
  /** Any JSON, at most 32 levels deep */
  parameters?: unknown;
  inputs?: readonly (string | FileMention)[] | undefined;
  outputs?: readonly (string | FileMention)[] | undefined;
  notBefore?: string | null | undefined;
  /** Any JSON, at most 32 levels deep */
  resources?: unknown;
  limits?: TimeLimits | undefined;
  retry?: NewRetryPolicy | undefined;
  onLost?: OnLost | undefined;
  /** On databases: given with the offer, freed when the attempt ends */
  locks?: readonly (string | LockWish)[] | undefined;
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  queue?: string | undefined;
  /** A number or reference: the job becomes its child */
  parent?: string | null | undefined;
  after?: readonly NewDependency[] | undefined;
  hold?: boolean | undefined;
  /** Of a job without work of its own: so many of its children are with workers at one time, at most */
  atOnce?: number | null | undefined;
  /** false leaves a draft */
  submit?: boolean | undefined;
}

export interface NewJobs {
  jobs: readonly NewJob[];
}

/** The jobs in the order given */
export interface NewJobsAnswer {
  items: readonly JobSummary[];
}

export interface NewLock {
  /** Granted all together, or not at all */
  locks: readonly (string | LockWish)[];
  /** Not at all (the default); as long as the session lives; or so long (ms) */
  wait?: boolean | number | undefined;
  /** Without one, a session is opened for this lock alone */
  session?: string | undefined;
  /** What it calls itself, for others to read */
  name?: string | undefined;
  leaseMs?: number | undefined;
}

export interface NewProject {
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  name: string;
  title?: string | null | undefined;
  directory?: string | null | undefined;
  /** Any JSON, at most 32 levels deep */
  metadata?: unknown;
}

export interface NewRelease {
  release: string;
  /** The folder that it will have */
  path: string;
  /** Of the exclusive lock on NAME/build, under which releases are made */
  epoch: number;
}

export interface NewRetryPolicy {
  max?: number | undefined;
  delayMs?: number | undefined;
  factor?: number | undefined;
  delayMsMax?: number | undefined;
}

export interface NewRun {
  /** The recorder’s own name of the run */
  key: string;
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  project?: string | undefined;
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  projectName?: string | undefined;
  /** The working folder, absolute */
  folder: string;
  parent?: string | null | undefined;
  task?: string | null | undefined;
  title?: string | null | undefined;
  tags?: readonly string[] | undefined;
  command: readonly string[];
  /** Null where it was not kept */
  stdin?: string | null | undefined;
  environment?: { readonly [name: string]: string } | undefined;
  /** Any JSON, at most 32 levels deep */
  parameters?: unknown;
  /** Any JSON, at most 32 levels deep */
  metadata?: unknown;
  inputs?: readonly (string | FileMention)[] | undefined;
  host: string;
  account: string;
  executable?: Executable | null | undefined;
  version?: string | null | undefined;
  startedAt: string;
  leaseMs?: number | undefined;
  ended?: RunEnd | undefined;
}

export interface NewSession {
  /** What it calls itself, for others to read */
  name: string;
  host?: string | null | undefined;
  pid?: number | null | undefined;
  leaseMs?: number | undefined;
  /** It is ended after so long without use */
  idleMs?: number | null | undefined;
  databases?: readonly string[] | undefined;
}

export interface NewTask {
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  name: string;
  title?: string | null | undefined;
  description?: string | undefined;
  /** A JSON Schema of an object; names that it does not have are refused, unless it says otherwise */
  parameters?: { readonly [name: string]: unknown } | undefined;
  /** Words with {parameter}, or {parameter...} for each element of a list; null where workers have a handler */
  command?: readonly string[] | null | undefined;
  /** Such as {source}:shared */
  locks?: readonly string[] | undefined;
  /** Any JSON, at most 32 levels deep */
  resources?: unknown;
  limits?: TimeLimits | undefined;
  retry?: NewRetryPolicy | undefined;
  onLost?: OnLost | undefined;
  version?: NewVersionQuestion | null | undefined;
  /** Of numbers to be picked from the log: a regular expression for one line, whose first group is the number */
  numbers?: { readonly [name: string]: string } | undefined;
}

export interface NewTemplate {
  job: TemplateJob;
}

/** name is the principal, made if new */
export interface NewToken {
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  name: string;
  role: Role;
  /** The one project it is for; null for all */
  project?: string | null | undefined;
  expiresInMs?: number | null | undefined;
}

export interface NewVersionQuestion {
  command: readonly string[];
  /** What is the version in its answer, as of numbers; null for the first line */
  pattern?: string | null | undefined;
}

export interface NewWorker {
  /** What the worker speaks; servers speak theirs and the one before */
  protocol?: number | undefined;
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  name: string;
  labels?: { readonly [name: string]: string } | undefined;
  /** `command` stands for any command; empty, or `*`, for everything */
  tasks?: readonly string[] | undefined;
  capacity?: number | undefined;
  /** Principals, besides its own, whose jobs it runs */
  accept?: readonly string[] | undefined;
  /** The machine it runs on */
  host?: string | null | undefined;
  /** Whose processes run there */
  account?: string | null | undefined;
  /** Which of those of one name it is: another is refused while this one is at work */
  instance?: string | null | undefined;
  /** What tasks are that it has handlers for */
  declares?: readonly NewTask[] | undefined;
}

export interface Offer {
  attempt: string;
  /** The reference */
  job: string;
  epoch: number;
  /** To be confirmed within */
  leaseMs: number;
  attemptNumber: number;
  project: string;
  projectDirectory: string | null;
  task: string | null;
  title: string | null;
  owner: string;
  command: readonly string[] | null;
  stdin: string | null;
  directory: string | null;
  environment: { readonly [name: string]: string };
  /** Any JSON, at most 32 levels deep */
  parameters: unknown;
  inputs: readonly FileMention[];
  outputs: readonly FileMention[];
  limits: TimeLimits;
  onLost: OnLost;
  /** Any JSON, at most 32 levels deep */
  metadata: unknown;
  asks?: RunAsks | undefined;
  /** What it holds, under its epoch; absent for nothing */
  databases?: readonly OfferedLock[] | undefined;
  /** The attempt’s own, valid while it runs */
  token: string;
  /** Of the aliases that the claim named, those that the project knows */
  directories?: readonly Directory[] | undefined;
}

export interface OfferedLock {
  path: string;
  mode: LockMode;
  /** That it reads; null where the database has none */
  release: string | null;
  /** Where its files are */
  directory: string | null;
}

/** When the worker’s lease ends while the job runs */
export type OnLost = 'retry' | 'fail' | 'ask';

export interface OutdatedRelease {
  database: string;
  /** The release that is current */
  now: string;
  /** The release that was read */
  was: string;
  /** How many jobs have succeeded with it */
  results: number;
}

export interface OutdatedReleases {
  items: readonly OutdatedRelease[];
}

export interface OutputAnswer {
  /** Bytes kept of this attempt */
  kept: number;
  capped: boolean;
}

export interface OutputChunk {
  stream: 'stdout' | 'stderr' | 'note';
  /** Counts from 0 over all streams of the attempt */
  seq: number;
  data: string;
}

export interface OutputRequest {
  /** As it was offered */
  attempt: string;
  epoch: number;
  chunks: readonly OutputChunk[];
}

/** Problem details (RFC 9457) */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Decide by this */
  code: string;
  /** Such as jobs[3].priority */
  field?: string | undefined;
  found?: unknown;
  expected?: string | undefined;
  /** Of a selection: the first character, from 1, of what is wrong. Of locks: the place in the line */
  position?: number | undefined;
  /** How many characters of it are wrong */
  length?: number | undefined;
  /** The right word that is nearest to it */
  nearest?: string | undefined;
  /** Of locks: those in the way, as LockHolder, each with its lock and state */
  holders?: readonly unknown[] | undefined;
  /** That is closed */
  database?: string | undefined;
  /** Of the database */
  state?: string | undefined;
  /** Why it was closed, or the session ended */
  reason?: string | null | undefined;
  /** What was said when the session was ended */
  text?: string | null | undefined;
  /** When the database is said to be open again */
  until?: string | null | undefined;
  /** When to ask again; Retry-After says it in seconds */
  pollAfterMs?: number | undefined;
  advice: string;
}

export interface Progress {
  fraction: number;
  text: string | null;
  /** How much is done, of how much */
  counts: Counts | null;
  at: string;
  /** When the job will have ended, if it goes on as so far */
  expectedAt: string | null;
}

export interface ProgressReport {
  /** As it was offered */
  attempt: string;
  epoch: number;
  fraction?: number | undefined;
  text?: string | undefined;
  counts?: ToldCounts | undefined;
}

export interface Project {
  name: string;
  title: string | null;
  directory: string | null;
  owner: string;
  /** Any JSON, at most 32 levels deep */
  metadata: unknown;
  createdAt: string;
  revision: number;
}

export interface ProjectChanges {
  title?: string | null | undefined;
  directory?: string | null | undefined;
  /** Any JSON, at most 32 levels deep */
  metadata?: unknown;
  /** Markdown, at most 65536 bytes of UTF-8 */
  notes?: string | undefined;
  /** The revision that was read */
  revision?: number | undefined;
}

/** A project with its notes, which lists leave out */
export interface ProjectDetails {
  name: string;
  title: string | null;
  directory: string | null;
  owner: string;
  /** Any JSON, at most 32 levels deep */
  metadata: unknown;
  createdAt: string;
  revision: number;
  /** Markdown, at most 65536 bytes of UTF-8 */
  notes: string;
}

export interface ProjectList {
  items: readonly Project[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

export interface PurgeRequest {
  /** Although other jobs rest on it; for managers */
  force?: boolean | undefined;
}

export type Rating = 'best' | 'good' | 'marginal' | 'bad';

export interface RecordedRun {
  job: JobSummary;
  attempt: string;
  epoch: number;
  /** To be renewed within */
  leaseMs: number;
  /** The run began a project */
  newProject: boolean;
  asks?: RunAsks | undefined;
  /** The attempt’s own, valid while it runs */
  token: string;
}

export interface RefusedAttempt {
  attempt: string;
  code: string;
}

export interface Registration {
  worker: string;
  leaseMs: number;
  /** No epoch above this one has been given yet */
  epoch: number;
}

export interface Release {
  database: string;
  release: string;
  state: ReleaseState;
  /** Its folder, as whoever published it sees it */
  path: string;
  files: number;
  bytes: number;
  /** Of the list of its files with their digests */
  sha256: string | null;
  /** It is kept until that is taken back */
  pinned: boolean;
  by: string;
  begunAt: string;
  publishedAt: string | null;
  /** Locks that are held on it */
  readers: number;
  /** Somebody waits for it, or a job that is not finished names it */
  awaited: boolean;
}

export interface ReleaseBuilt {
  /** Of the exclusive lock on NAME/build, under which releases are made */
  epoch: number;
  files: number;
  bytes: number;
  sha256: string;
  /** How many are kept from now on */
  keep?: number | null | undefined;
}

export interface ReleaseDropped {
  /** Of the exclusive lock on NAME/build, under which releases are made */
  epoch: number;
}

export interface ReleaseList {
  items: readonly Release[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

export type ReleaseState = 'building' | 'current' | 'kept' | 'going' | 'gone';

export interface ReleasesGoing {
  /** Those whose files are to be removed */
  items: readonly Release[];
}

export interface RenewAnswer {
  leaseMs: number;
  /** Attempts to stop */
  cancel: readonly string[];
  /** Attempts that are no longer the worker’s */
  lost: readonly string[];
}

export interface RenewRequest {
  /** As it was given at registration */
  worker: string;
  progress?: readonly ProgressReport[] | undefined;
}

export interface ReopenDatabase {
  release?: string | null | undefined;
}

export interface ResolveRequest {
  /** What became of it; `retry` gives it another attempt */
  outcome: 'succeeded' | 'failed' | 'retry';
}

export interface RetryPolicy {
  max: number;
  delayMs: number;
  factor: number;
  delayMsMax: number;
}

export type Role = 'viewer' | 'contributor' | 'manager' | 'worker' | 'admin';

/** What its task asks of a run */
export interface RunAsks {
  version?: VersionQuestion | undefined;
  /** Of numbers to be picked from the log: a regular expression for one line, whose first group is the number */
  numbers?: { readonly [name: string]: string } | undefined;
}

/** What is known when a run has ended; inputs with the digests that were worked out meanwhile */
export interface RunEnd {
  finishedAt: string;
  outcome: 'succeeded' | 'failed' | 'cancelled';
  exitCode?: number | null | undefined;
  reason?:
    | 'exit_code'
    | 'signal'
    | 'not_started'
    | 'handler_error'
    | 'attempt_time_limit'
    | 'total_time_limit'
    | 'start_time_limit'
    | 'lease_lost'
    | 'worker_stopped'
    | 'worker_forgot'
    | 'restored'
    | 'requested'
    | 'dependency_failed'
    | 'children_failed'
    | 'children_cancelled'
    | 'owner_refused'
    | 'reported'
    | 'resolved'
    | null
    | undefined;
  error?: string | null | undefined;
  inputs?: readonly (string | FileMention)[] | undefined;
  outputs?: readonly (string | FileMention)[] | undefined;
  /** Null where it was not kept */
  stdin?: string | null | undefined;
  version?: string | null | undefined;
  executable?: Executable | null | undefined;
  /** Out of its log: they become numbers of the job */
  numbers?: { readonly [name: string]: number } | undefined;
}

export interface RunFacts {
  host: string | null;
  account: string | null;
  executable: Executable | null;
  /** As the program told it */
  version: string | null;
}

export interface RunFinish {
  /** As it was offered */
  attempt: string;
  epoch: number;
  finishedAt: string;
  outcome: 'succeeded' | 'failed' | 'cancelled';
  exitCode?: number | null | undefined;
  reason?:
    | 'exit_code'
    | 'signal'
    | 'not_started'
    | 'handler_error'
    | 'attempt_time_limit'
    | 'total_time_limit'
    | 'start_time_limit'
    | 'lease_lost'
    | 'worker_stopped'
    | 'worker_forgot'
    | 'restored'
    | 'requested'
    | 'dependency_failed'
    | 'children_failed'
    | 'children_cancelled'
    | 'owner_refused'
    | 'reported'
    | 'resolved'
    | null
    | undefined;
  error?: string | null | undefined;
  inputs?: readonly (string | FileMention)[] | undefined;
  outputs?: readonly (string | FileMention)[] | undefined;
  /** Null where it was not kept */
  stdin?: string | null | undefined;
  version?: string | null | undefined;
  executable?: Executable | null | undefined;
  /** Out of its log: they become numbers of the job */
  numbers?: { readonly [name: string]: number } | undefined;
}

export interface RunRenewal {
  /** As it was offered */
  attempt: string;
  epoch: number;
  progress?:
    | {
        fraction?: number | undefined;
        text?: string | undefined;
        counts?: ToldCounts | undefined;
      }
    | undefined;
}

export interface RunRenewed {
  leaseMs: number;
  /** Somebody asked to stop it */
  cancel: boolean;
}

export interface Server {
  /** The same after a restart */
  name: string;
  /** Where it listens */
  url: string;
  host: string;
  pid: number;
  version: string;
  /** draining: it is about to stop; lost: not heard of for longer than its lease */
  state: 'up' | 'draining' | 'lost';
  startedAt: string;
  seenAt: string;
  leaseEndsAt: string;
}

export interface ServerList {
  items: readonly Server[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

export interface Session {
  session: string;
  principal: string;
  name: string;
  host: string | null;
  pid: number | null;
  openedAt: string;
  /** When it last did something else than renew itself */
  usedAt: string;
  leaseMs: number;
  leaseEndsAt: string;
  idleMs: number | null;
  /** Those that it has open */
  databases: readonly string[];
  /** It was opened for one lock alone, and ends with it */
  forOneLock: boolean;
  /** Null while it is open */
  ended: {
    at: string;
    reason: 'closed' | 'lease_lost' | 'idle' | 'ended_by_manager' | 'database_closed' | 'restored';
    text: string | null;
  } | null;
}

export interface SessionDatabases {
  open?: readonly string[] | undefined;
  leave?: readonly string[] | undefined;
}

export interface SessionList {
  items: readonly Session[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

/** A database that is about to be closed, and that the session should leave */
export interface SessionNotice {
  database: string;
  reason: string | null;
  /** When sessions in it are ended */
  closesAt: string;
  /** When it is said to be open again */
  until: string | null;
}

export interface SessionRenewal {
  /** It was used since; else it goes on being idle */
  used?: boolean | undefined;
}

export interface SessionRenewed {
  leaseMs: number;
  notices: readonly SessionNotice[];
}

/** A mention of a file on the record */
export interface Sighting {
  ref: string;
  /** The attempt that wrote it; null for what was declared, or read */
  attempt: number | null;
  role: 'input' | 'output';
  /** Where it is, as directories stand now */
  path: string;
  size: number | null;
  sha256: string | null;
  /** Null for a file */
  kind: 'directory' | null;
  /** When it was made; of an input, when its job started */
  at: string;
  state: JobState;
}

export interface SightingList {
  items: readonly Sighting[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

export interface StaleFile {
  ref: string;
  sha256: string | null;
}

export interface StaleInput {
  path: string;
  was: StaleFile;
  /** What is there now; null where it is the same, and what made it is stale */
  now: StaleFile | null;
}

/** A result that rests on what has been made again since */
export interface StaleJob {
  ref: string;
  because: readonly StaleInput[];
}

export interface StaleList {
  items: readonly StaleJob[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

/** Work that is known by its name and its parameters */
export interface Task {
  name: string;
  title: string | null;
  description: string;
  /** Who says what it is */
  source: 'built-in' | 'file' | 'worker';
  /** Whose worker has declared it; null for the other sources */
  principal: string | null;
  /** A JSON Schema of an object; names that it does not have are refused, unless it says otherwise */
  parameters: { readonly [name: string]: unknown };
  /** Words with {parameter}, or {parameter...} for each element of a list; null where workers have a handler */
  command: readonly string[] | null;
  /** Such as {source}:shared */
  locks: readonly string[];
  /** Any JSON, at most 32 levels deep */
  resources: unknown;
  limits: TimeLimits;
  retry: NewRetryPolicy;
  onLost: OnLost;
  version: VersionQuestion | null;
  /** Of numbers to be picked from the log: a regular expression for one line, whose first group is the number */
  numbers: { readonly [name: string]: string };
}

export interface TaskList {
  items: readonly Task[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

export interface TaskRun {
  /** Any JSON, at most 32 levels deep */
  parameters?: unknown;
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  project?: string | undefined;
  title?: string | null | undefined;
  /** Larger first */
  priority?: number | undefined;
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  queue?: string | undefined;
  after?: readonly NewDependency[] | undefined;
  hold?: boolean | undefined;
  notBefore?: string | null | undefined;
  /** Any JSON, at most 32 levels deep */
  metadata?: unknown;
  stdin?: string | null | undefined;
  directory?: string | null | undefined;
  environment?: { readonly [name: string]: string } | undefined;
  limits?: TimeLimits | undefined;
  retry?: NewRetryPolicy | undefined;
}

/** The newest run with these parameters */
export interface TaskStatus {
  task: string;
  /** Any JSON, at most 32 levels deep */
  parameters: unknown;
  job: JobSummary;
  progress: Progress | null;
  /** When it will have ended, if it goes on as so far; null where nothing can be said */
  expectedAt: string | null;
  /** What the last attempt said of its failure */
  error: string | null;
}

export interface TaskStatusQuestion {
  /** Any JSON, at most 32 levels deep */
  parameters?: unknown;
}

export interface Template {
  name: string;
  job: TemplateJob;
  owner: string;
  updatedAt: string;
}

/** A job to be: fields as in a posted one */
export interface TemplateJob {
  task?: string | null | undefined;
  title?: string | null | undefined;
  /** Larger first */
  priority?: number | undefined;
  /** Any JSON, at most 32 levels deep */
  metadata?: unknown;
  /** Argument vector; no shell */
  command?: readonly string[] | null | undefined;
  stdin?: string | null | undefined;
  directory?: string | null | undefined;
  environment?: { readonly [name: string]: string } | undefined;
  /** Any JSON, at most 32 levels deep */
  parameters?: unknown;
  inputs?: readonly (string | FileMention)[] | undefined;
  outputs?: readonly (string | FileMention)[] | undefined;
  /** Any JSON, at most 32 levels deep */
  resources?: unknown;
  limits?: TimeLimits | undefined;
  retry?: NewRetryPolicy | undefined;
  onLost?: OnLost | undefined;
  /** On databases: given with the offer, freed when the attempt ends */
  locks?: readonly (string | LockWish)[] | undefined;
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  queue?: string | undefined;
  hold?: boolean | undefined;
  /** Of a job without work of its own: so many of its children are with workers at one time, at most */
  atOnce?: number | null | undefined;
}

export interface TemplateList {
  items: readonly Template[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

export interface TimeLimits {
  startWithinMs?: number | undefined;
  attemptMs?: number | undefined;
  totalMs?: number | undefined;
}

export interface Token {
  id: string;
  name: string;
  role: Role;
  project: string | null;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
}

export interface TokenList {
  items: readonly Token[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

/** With a total they say the fraction, where that is left out */
export interface ToldCounts {
  done: number;
  total?: number | null | undefined;
  /** Such as files */
  unit?: string | null | undefined;
}

export interface UnmetDependency {
  ref: string;
  state: JobState;
  on: DependencyKind;
}

export interface Verified {
  flaws: readonly Flaw[];
  /** How many jobs, projects, locks or events were looked at */
  looked: number;
  /** Where the next slice begins (`after`); null after the last */
  next: string | null;
}

/** What is run to learn the version of a program */
export interface VersionQuestion {
  command: readonly string[];
  /** What is the version in its answer, as of numbers; null for the first line */
  pattern: string | null;
}

export interface Whence {
  path: string;
  /** The attempt that made it last */
  madeBy: FileMaker | null;
  /** Other outputs of this content, newest first */
  sameContent: readonly FileMaker[];
  /** What that attempt read */
  inputs: readonly WhenceInput[];
  /** The attempts behind it, back so many generations, beginning with the one that made it; of a file that nobody made, with those that made its content */
  steps: readonly WhenceStep[];
  /** The steps go back to the roots */
  complete: boolean;
}

export interface WhenceInput {
  path: string;
  size: number | null;
  sha256: string | null;
  /** Null for a file */
  kind: 'directory' | null;
  note: string | null;
  madeBy: MadeBy | null;
  /** The output that it was, as it was made */
  source: WhenceSource | null;
}

export interface WhenceSource {
  path: string;
  sha256: string | null;
}

/** An attempt that made files, with what it read */
export interface WhenceStep {
  ref: string;
  attempt: number;
  finishedAt: string;
  host: string | null;
  inputs: readonly WhenceInput[];
}

export interface Why {
  ref: string;
  state: JobState;
  reason: string | null;
  sentence: string;
  unmet: readonly UnmetDependency[];
  /** Ready jobs before it, counted up to 1,000 */
  ahead: number;
}

export interface Worker {
  worker: string;
  name: string;
  principal: string;
  labels: { readonly [name: string]: string };
  tasks: readonly string[];
  capacity: number;
  accept: readonly string[];
  host: string | null;
  account: string | null;
  state: 'connected' | 'lost';
  registeredAt: string;
  leaseEndsAt: string;
  /** Attempts in its hands */
  holding: number;
}

export interface WorkerList {
  items: readonly Worker[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}
