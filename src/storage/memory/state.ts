/**
 * All that the reference model knows. Values are never changed in place, only replaced; so a copy of the tables
 * is a copy of everything, and an act that is refused is undone by forgetting its copy.
 */

import type { CommentRecord } from '../../core/annotations/comment.ts';
import type { JobClass } from '../../core/dispatch/classes.ts';
import type { RecordedEvent } from '../../core/events/event.ts';
import { Fault } from '../../core/faults.ts';
import type {
  AttemptRecord,
  DatabaseUse,
  DependencyKind,
  JobDocument,
  JobRecord,
  LateReport,
  LiveJob,
  Progress,
  RunFacts,
} from '../../core/jobs/job.ts';
import { type JobPlace, writeReference } from '../../core/jobs/reference.ts';
import { firstEpoch } from '../../core/leases/incarnation.ts';
import type { LockWish } from '../../core/locks/wishes.ts';
import type { DatabaseRecord } from '../../ports/records/catalogue.ts';
import type { SessionRecord } from '../../ports/records/locks.ts';
import type { ReleaseRecord } from '../../ports/records/releases.ts';
import type { ServerRecord } from '../../ports/records/servers.ts';
import type { DeclaredTask } from '../../ports/records/tasks.ts';
import type { TemplateRecord } from '../../ports/records/templates.ts';
import type { TokenRecord } from '../../ports/records/tokens.ts';
import type { WorkerProfile } from '../../ports/records/workers.ts';
import type { LogChunk, ProjectDetails } from '../../ports/storage.ts';
import type { StoredDirectory, StoredFile } from './files.ts';
import type { StoredRun } from './tasks.ts';
import type { StoredTie } from './ties.ts';

/** A job that another comes after. Met once is met for good, even if that job is retried later. */
export interface Tie {
  readonly jobId: number;
  readonly on: DependencyKind;
  readonly met: boolean;
}

export interface StoredJob {
  readonly record: JobRecord;
  readonly document: JobDocument;
  /** Null exactly when the job is final. */
  readonly live: LiveJob | null;
  readonly progress: Progress | null;
  readonly after: readonly Tie[];
  /** Those that have ended, oldest first. */
  readonly attempts: readonly AttemptRecord[];
  /** What came after an attempt was over. */
  readonly late: readonly LateReport[];
  /** What its attempts locked. */
  readonly databases: readonly DatabaseUse[];
  readonly log: readonly LogChunk[];
  /** Null for a queued job. */
  readonly run: { readonly key: string; readonly facts: RunFacts; readonly leaseMs: number } | null;
  /** The last number that was given to a child. */
  readonly given: number;
}

export interface StoredProject {
  readonly id: number;
  readonly project: ProjectDetails;
  readonly deleted: boolean;
  /** The last number that was given to a job without a parent. */
  readonly given: number;
}

export interface StoredWorker {
  readonly id: number;
  readonly profile: WorkerProfile;
  readonly registeredAt: number;
  readonly leaseEndsAt: number;
  readonly state: 'connected' | 'lost';
}

export interface StoredComment {
  readonly jobId: number;
  readonly comment: CommentRecord;
}

export interface StoredTemplate {
  readonly project: string;
  readonly template: TemplateRecord;
}

export type StoredToken = TokenRecord & { readonly secretHash: string };

export interface StoredAnswer {
  readonly digest: string;
  readonly at: number;
  readonly answer: unknown;
}

/** A request for locks: of a session, an attempt, a class of jobs or a closure. It is there while it waits or holds. */
export interface StoredRequest {
  readonly ticket: number;
  readonly of:
    | { readonly session: number }
    | { readonly database: string }
    | { readonly job: number }
    | { readonly class: number };
  /** Of a class of jobs: its turn has come, and a worker may take its first job. */
  readonly isDue: boolean;
  /** As asked for while it waits; as granted then. */
  readonly locks: readonly LockWish[];
  /** Null while it waits. */
  readonly epoch: number | null;
  readonly requestedAt: number;
  readonly grantedAt: number | null;
  readonly waitUntil: number | null;
}

/** `place` grows with each release. */
export type StoredRelease = Omit<ReleaseRecord, 'readers' | 'awaited'> & { readonly place: number };

export interface State {
  incarnation: string;
  signingKey: string;
  /** The latest time that was told; it is never told earlier. */
  told: number;
  sweptAt: number;
  /** The greatest that was given. */
  epoch: number;
  /** Epochs up to this one were given by an incarnation before. */
  epochsFrom: number;
  restoredAt: number | null;
  lastJobId: number;
  lastFileId: number;
  /** Numbers up to this one were given by an incarnation before, or could have been. */
  numbersFrom: number;
  lastSequence: number;
  /** The last event that is no longer kept. */
  trimmedTo: number;
  events: readonly RecordedEvent[];
  readonly projects: Map<string, StoredProject>;
  readonly jobs: Map<number, StoredJob>;
  /** The class with id n stands at n − 1. */
  readonly classes: JobClass[];
  readonly workers: Map<number, StoredWorker>;
  readonly tokens: Map<string, StoredToken>;
  readonly answers: Map<string, StoredAnswer>;
  /** By id, which is given with those of jobs. */
  readonly comments: Map<number, StoredComment>;
  /** By project and name. */
  readonly templates: Map<string, StoredTemplate>;
  readonly files: Map<number, StoredFile>;
  readonly directories: Map<number, StoredDirectory>;
  ties: readonly StoredTie[];
  readonly sessions: Map<number, SessionRecord>;
  /** By ticket, in the order of arrival. */
  readonly requests: Map<number, StoredRequest>;
  readonly databases: Map<string, DatabaseRecord>;
  readonly tasks: Map<string, DeclaredTask>;
  /** By job. */
  readonly taskRuns: Map<number, StoredRun>;
  /** By database and release. */
  readonly releases: Map<string, StoredRelease>;
  readonly servers: Map<string, ServerRecord>;
}

export function emptyState(incarnation: string, signingKey: string, now: number): State {
  return {
    incarnation,
    signingKey,
    told: now,
    sweptAt: now,
    epoch: firstEpoch(now, 0),
    epochsFrom: 0,
    restoredAt: null,
    lastJobId: 0,
    lastFileId: 0,
    numbersFrom: 0,
    lastSequence: 0,
    trimmedTo: 0,
    events: [],
    projects: new Map(),
    jobs: new Map(),
    classes: [],
    workers: new Map(),
    tokens: new Map(),
    answers: new Map(),
    comments: new Map(),
    templates: new Map(),
    files: new Map(),
    directories: new Map(),
    ties: [],
    sessions: new Map(),
    requests: new Map(),
    databases: new Map(),
    tasks: new Map(),
    taskRuns: new Map(),
    releases: new Map(),
    servers: new Map(),
  };
}

export function copyOf(state: State): State {
  return {
    ...state,
    projects: new Map(state.projects),
    jobs: new Map(state.jobs),
    classes: [...state.classes],
    workers: new Map(state.workers),
    tokens: new Map(state.tokens),
    answers: new Map(state.answers),
    comments: new Map(state.comments),
    templates: new Map(state.templates),
    files: new Map(state.files),
    directories: new Map(state.directories),
    sessions: new Map(state.sessions),
    requests: new Map(state.requests),
    databases: new Map(state.databases),
    tasks: new Map(state.tasks),
    taskRuns: new Map(state.taskRuns),
    releases: new Map(state.releases),
    servers: new Map(state.servers),
  };
}

export function projectNamed(state: State, name: string): StoredProject {
  const found = state.projects.get(name);
  if (found === undefined || found.deleted) throw new Fault('project_unknown', { found: name });
  return found;
}

export function jobAt(state: State, place: JobPlace): StoredJob {
  const found = findVisible(state, place);
  if (found === null) throw new Fault('job_unknown', { found: writeReference(place) });
  return found;
}

/** A job whose project was not deleted. */
export function findVisible(state: State, place: JobPlace): StoredJob | null {
  return state.projects.get(place.project)?.deleted === false ? findJob(state, place) : null;
}

export function findJob(state: State, place: JobPlace): StoredJob | null {
  for (const job of state.jobs.values())
    if (job.record.project === place.project && job.record.number === place.number) return job;
  return null;
}

export function jobOf(state: State, id: number): StoredJob {
  const job = state.jobs.get(id);
  if (job === undefined) throw new Error(`no job has the id ${id}`);
  return job;
}

/** Unfinished jobs with their rows, in the order in which they were created. */
export function unfinished(state: State): readonly { readonly job: StoredJob; readonly live: LiveJob }[] {
  return [...state.jobs.values()].flatMap((job) => (job.live === null ? [] : [{ job, live: job.live }]));
}

export function childrenOf(state: State, parent: JobRecord): readonly StoredJob[] {
  return [...state.jobs.values()].filter(
    ({ record }) => record.project === parent.project && record.parent === parent.number,
  );
}

/** Whether a job has no work of its own, and takes its state from its children. */
export function isContainer(job: StoredJob): boolean {
  return job.document.command === null && job.record.task === null;
}

export function classOf(state: State, classId: number): JobClass {
  const found = state.classes[classId - 1];
  if (found === undefined) throw new Error(`no class has the id ${classId}`);
  return found;
}
