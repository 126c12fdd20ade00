/** What is read of the record to be judged: each fact as it is kept, however little it agrees with the others. */
import type { JobMoved, RecordedEvent } from '../events/event.ts';
import type { AttemptRecord, Children, LiveJob } from '../jobs/job.ts';
import type { FinalState, JobState } from '../jobs/states.ts';
import type { LockMode } from '../locks/modes.ts';
import type { LockClaim, LockWish } from '../locks/wishes.ts';

export const verifyParts = ['jobs', 'counts', 'locks', 'events'] as const;
export type VerifyPart = (typeof verifyParts)[number];

export interface JobFacts {
  readonly ref: string;
  /** How it ended; null for one that has not. */
  readonly final: FinalState | null;
  /** How many attempts it says to have had. */
  readonly attempts: number;
  /** Its row among the unfinished; null if it has none. */
  readonly live: LiveJob | null;
  /** Attempts that have ended, by number. */
  readonly tried: readonly Pick<AttemptRecord, 'attempt' | 'epoch' | 'outcome'>[];
  /** Whether there is a request by which it holds locks. */
  readonly holdsLocks: boolean;
  /** Of a job without work of its own: its children as they are counted, and as they are. */
  readonly children: { readonly counted: Children; readonly real: Children } | null;
}

/** Final jobs of a project outside the trash. */
export interface CountFacts {
  readonly project: string;
  readonly state: FinalState;
  readonly counted: number;
  readonly real: number;
}

export interface LockFacts {
  readonly ticket: number;
  /** Null while it waits. */
  readonly epoch: number | null;
  readonly locks: readonly LockWish[];
  readonly claims: readonly (LockClaim & { readonly granted: boolean })[];
  readonly holder:
    | { readonly kind: 'session'; readonly session: number; readonly state: 'open' | 'ended' | 'missing' }
    | {
        readonly kind: 'job';
        readonly ref: string | null;
        readonly state: JobState | null;
        readonly epoch: number | null;
      }
    | { readonly kind: 'class' }
    | { readonly kind: 'closure'; readonly database: string; readonly ticket: number | null };
}

/** Who holds a path in one mode; `ticket` is the first of them. */
export interface PathFacts {
  readonly path: string;
  readonly mode: LockMode;
  readonly tickets: number;
  readonly ticket: number;
}

export interface EventFacts {
  readonly event: Pick<RecordedEvent, 'sequence' | 'type' | 'jobs'>;
  /** The number that comes before it in the record. */
  readonly before: number;
}

/** A job as it is now. */
export type MovedFacts = Omit<JobMoved, 'trashed'>;

/** A slice of one part; of the other parts there is nothing in it. */
export interface Facts {
  readonly jobs: readonly JobFacts[];
  /** Ids of unfinished rows that belong to no job. */
  readonly strays: readonly number[];
  readonly counts: readonly CountFacts[];
  readonly locks: readonly LockFacts[];
  readonly paths: readonly PathFacts[];
  readonly events: readonly EventFacts[];
  /** The jobs of these events as they are now; those that were purged are left out. */
  readonly moved: readonly MovedFacts[];
  /** Where the record of events ends, and where it should, when the slice reaches its end. */
  readonly end: { readonly found: number; readonly expected: number } | null;
}

export const noFacts: Facts = {
  jobs: [],
  strays: [],
  counts: [],
  locks: [],
  paths: [],
  events: [],
  moved: [],
  end: null,
};
