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
}

export interface AttemptClaim {
  /** As it was offered */
  attempt: string;
  epoch: number;
}

export interface AttemptList {
  items: readonly Attempt[];
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
  /** As it was given at registration */
  worker: string;
  /** 0 asks for news only */
  capacity: number;
  /** All that the worker holds */
  held: readonly HeldAttempt[];
  waitMs?: number | undefined;
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

export interface Dependency {
  job: string;
  on: DependencyKind;
}

export type DependencyKind = 'success' | 'failure' | 'any';

export interface Event {
  cursor: string;
  at: string;
  type: EventType;
  project: string | null;
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
  | 'jobs.created'
  | 'jobs.changed'
  | 'jobs.offered'
  | 'jobs.started'
  | 'jobs.ended'
  | 'jobs.trashed'
  | 'worker.registered'
  | 'worker.lost'
  | 'token.created'
  | 'token.revoked'
  | 'report.late';

export interface FileMention {
  path: string;
  size?: number | undefined;
  /** 64 lower-case hexadecimal digits */
  sha256?: string | undefined;
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
}

export interface Grant {
  role: Role;
  project: string | null;
}

export interface Health {
  status: 'ok';
  version: string;
  storage: 'sqlite' | 'postgres' | 'memory';
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
  /** At most 1,000; all of them under /files */
  files: readonly JobFile[];
  progress: Progress | null;
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
}

export interface JobChanges {
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
  /** The revision that was read */
  revision?: number | undefined;
}

export interface JobFile {
  role: 'input' | 'output';
  path: string;
  size: number | null;
  sha256: string | null;
  /** The attempt that wrote it; null for what was declared */
  attempt: number | null;
}

export interface JobFileList {
  items: readonly JobFile[];
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
}

export interface JobMoved {
  ref: string;
  state: JobState;
  revision: number;
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

export interface Me {
  principal: string;
  grants: readonly Grant[];
}

export interface NewDependency {
  /** A reference such as toxd/12, or the index of a job in this request */
  job: string | number;
  on?: DependencyKind | undefined;
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
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  queue?: string | undefined;
  /** A number or reference: the job becomes its child */
  parent?: string | null | undefined;
  after?: readonly NewDependency[] | undefined;
  hold?: boolean | undefined;
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

export interface NewProject {
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  name: string;
  title?: string | null | undefined;
  directory?: string | null | undefined;
  /** Any JSON, at most 32 levels deep */
  metadata?: unknown;
}

export interface NewRetryPolicy {
  max?: number | undefined;
  delayMs?: number | undefined;
  factor?: number | undefined;
  delayMsMax?: number | undefined;
}

export interface NewToken {
  /** The principal, made if new */
  name: string;
  role: Role;
  /** The one project it is for; null for all */
  project?: string | null | undefined;
  expiresInMs?: number | null | undefined;
}

export interface NewWorker {
  /** A letter or digit, then at most 99 letters, digits or . _ : + - */
  name: string;
  labels?: { readonly [name: string]: string } | undefined;
  /** `command` stands for any command; empty, or `*`, for everything */
  tasks?: readonly string[] | undefined;
  capacity?: number | undefined;
  /** Principals, besides its own, whose jobs it runs */
  accept?: readonly string[] | undefined;
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
  /** The attempt’s own, valid while it runs */
  token: string;
}

/** When the worker’s lease ends while the job runs */
export type OnLost = 'retry' | 'fail' | 'ask';

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
  advice: string;
}

export interface Progress {
  fraction: number;
  text: string | null;
  at: string;
}

export interface ProgressReport {
  /** As it was offered */
  attempt: string;
  epoch: number;
  fraction?: number | undefined;
  text?: string | undefined;
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
  /** The revision that was read */
  revision?: number | undefined;
}

export interface ProjectList {
  items: readonly Project[];
  /** Where to go on (`after`); null at the end */
  next: string | null;
  /** A cursor of the event stream: this page, plus the events after it, is exact */
  asOf: string;
}

export interface RefusedAttempt {
  attempt: string;
  code: string;
}

export interface Registration {
  worker: string;
  leaseMs: number;
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

export interface RetryPolicy {
  max: number;
  delayMs: number;
  factor: number;
  delayMsMax: number;
}

export type Role = 'viewer' | 'contributor' | 'manager' | 'worker' | 'admin';

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

export interface UnmetDependency {
  ref: string;
  state: JobState;
  on: DependencyKind;
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
