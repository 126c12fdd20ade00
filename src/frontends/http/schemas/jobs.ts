import Type, { type Static } from 'typebox';
import { priorityMax } from '../../../core/dispatch/rank.ts';
import { bounds } from '../../../core/jobs/specify.ts';
import { locksAtOnceMax } from '../../../core/locks/wishes.ts';
import { annotationChanges, annotations } from './annotations.ts';
import {
  after,
  closed,
  json,
  limit,
  listOf,
  name,
  nullable,
  oneOf,
  revision,
  texts,
  time,
} from './common.ts';
import {
  Dependency,
  FileMention,
  files,
  JobFile,
  JobState,
  NewDependency,
  NewRetryPolicy,
  OnLost,
  Progress,
  RetryPolicy,
  RunFacts,
  TimeLimits,
} from './job-fields.ts';
import { LockMode, LockWish, NewLockWish } from './locks.ts';
import { trash, where } from './selections.ts';

/** What is asked for, and may be changed while the job is a draft. */
const document = {
  command: Type.Optional(
    nullable(
      Type.Array(Type.String(), { minItems: 1, maxItems: bounds.commandWords }),
      'Argument vector; no shell',
    ),
  ),
  stdin: Type.Optional(nullable(Type.String({ maxLength: bounds.stdinBytes }))),
  directory: Type.Optional(nullable(Type.String({ maxLength: bounds.pathLength }))),
  environment: Type.Optional(texts),
  parameters: Type.Optional(json),
  inputs: Type.Optional(files),
  outputs: Type.Optional(files),
  notBefore: Type.Optional(nullable(time)),
  resources: Type.Optional(json),
  limits: Type.Optional(TimeLimits),
  retry: Type.Optional(NewRetryPolicy),
  onLost: Type.Optional(OnLost),
  locks: Type.Optional(
    Type.Array(NewLockWish, {
      maxItems: locksAtOnceMax,
      description: 'On databases: given with the offer, freed when the attempt ends',
    }),
  ),
};

const label = {
  title: Type.Optional(nullable(Type.String({ maxLength: bounds.titleLength }))),
  priority: Type.Optional(
    Type.Integer({ minimum: -priorityMax, maximum: priorityMax, description: 'Larger first' }),
  ),
  metadata: Type.Optional(json),
};

export const NewJob = Type.Object(
  {
    task: Type.Optional(nullable(name)),
    ...label,
    ...document,
    queue: Type.Optional(name),
    parent: Type.Optional(
      nullable(Type.String({ maxLength: 400 }), 'A number or reference: the job becomes its child'),
    ),
    after: Type.Optional(Type.Array(NewDependency, { maxItems: bounds.afterJobs })),
    hold: Type.Optional(Type.Boolean()),
    atOnce: Type.Optional(
      nullable(
        Type.Integer({ minimum: 1, maximum: bounds.atOnceMax }),
        'Of a job without work of its own: so many of its children are with workers at one time, at most',
      ),
    ),
    submit: Type.Optional(Type.Boolean({ description: 'false leaves a draft' })),
  },
  { ...closed, 'x-name': 'NewJob' },
);
export type NewJob = Static<typeof NewJob>;

export const NewJobs = Type.Object(
  { jobs: Type.Array(NewJob, { minItems: 1, maxItems: bounds.jobsPerRequest }) },
  { ...closed, 'x-name': 'NewJobs' },
);

/** Many jobs, or one: a body with a field `jobs` is meant to be many. */
export const JobSubmission = Type.Union([NewJobs, NewJob]);

export const JobChanges = Type.Object(
  { ...label, ...annotationChanges, ...document, revision: Type.Optional(revision) },
  { ...closed, 'x-name': 'JobChanges' },
);
export type JobChanges = Static<typeof JobChanges>;

export const PurgeRequest = Type.Object(
  {
    force: Type.Optional(Type.Boolean({ description: 'Although other jobs rest on it; for managers' })),
  },
  { ...closed, 'x-name': 'PurgeRequest' },
);

export const ResolveRequest = Type.Object(
  {
    outcome: oneOf(['succeeded', 'failed', 'retry'], {
      description: 'What became of it; `retry` gives it another attempt',
    }),
  },
  { ...closed, 'x-name': 'ResolveRequest' },
);

const summary = {
  ref: Type.String(),
  project: Type.String(),
  number: Type.String(),
  parent: nullable(Type.String()),
  task: nullable(Type.String()),
  title: nullable(Type.String()),
  state: JobState,
  reason: nullable(Type.String(), 'Why it waits, or why it ended so'),
  owner: Type.String(),
  queue: Type.String(),
  priority: Type.Integer(),
  createdAt: time,
  submittedAt: nullable(time),
  startedAt: nullable(time),
  finishedAt: nullable(time),
  cancelRequestedAt: nullable(time),
  trashedAt: nullable(time),
  exitCode: nullable(Type.Integer()),
  attempts: Type.Integer({ description: 'Started attempts' }),
  revision: Type.Integer(),
  rerunOf: nullable(Type.String()),
  origin: oneOf(['queued', 'recorded'], { description: 'recorded: run by somebody else, who tells of it' }),
  ...annotations,
};

export const JobSummary = Type.Object(summary, {
  ...closed,
  'x-name': 'JobSummary',
  description: 'A job as lists show it',
});
export type JobSummary = Static<typeof JobSummary>;

/** Expired and denied ones count as failed. */
const Children = Type.Object(
  {
    open: Type.Integer(),
    succeeded: Type.Integer(),
    failed: Type.Integer(),
    cancelled: Type.Integer(),
  },
  { ...closed, 'x-name': 'Children' },
);

const DatabaseUse = Type.Object(
  {
    path: Type.String(),
    mode: LockMode,
    release: nullable(Type.String(), 'That was current then; null where the database has none'),
    attempt: Type.Integer(),
  },
  { ...closed, 'x-name': 'DatabaseUse' },
);

export const Job = Type.Object(
  {
    ...summary,
    files: Type.Array(JobFile, { description: 'At most 1,000; all of them under /files' }),
    progress: nullable(Progress),
    run: nullable(RunFacts, 'Where and by what its last attempt was run; null where nothing is known'),
    command: nullable(Type.Array(Type.String())),
    stdin: nullable(Type.String()),
    directory: nullable(Type.String()),
    environment: texts,
    parameters: json,
    inputs: Type.Array(FileMention),
    outputs: Type.Array(FileMention),
    after: Type.Array(Dependency),
    notBefore: nullable(time),
    resources: json,
    limits: TimeLimits,
    retry: RetryPolicy,
    onLost: OnLost,
    metadata: json,
    atOnce: nullable(Type.Integer()),
    locks: Type.Array(LockWish),
    databases: Type.Array(DatabaseUse, { description: 'What its attempts locked, and read there' }),
    children: nullable(Children, 'How they stand; null for a job without children'),
  },
  { ...closed, 'x-name': 'Job', description: 'A job with all that was asked for' },
);
export type Job = Static<typeof Job>;

export const JobList = Type.Object(
  {
    ...listOf(JobSummary, 'JobList').properties,
    notes: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Why a selection found nothing, such as a tag that no job has',
      }),
    ),
  },
  { ...closed, 'x-name': 'JobList' },
);
export const JobIndex = Type.Object(
  {
    numbers: Type.Array(Type.String()),
    states: Type.Array(JobState),
    tasks: Type.Array(nullable(Type.String())),
    titles: Type.Array(nullable(Type.String())),
    revisions: Type.Array(Type.Integer()),
    next: nullable(Type.String(), 'Where to go on (`after`); null at the end'),
    asOf: Type.String({
      description: 'A cursor of the event stream: this page, plus the events after it, is exact',
    }),
  },
  {
    ...closed,
    'x-name': 'JobIndex',
    description: 'A column for each thing that is told; the n-th of each is of the n-th job',
  },
);
export const IndexQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, default: 100_000 })),
    after: Type.Optional(after),
  },
  closed,
);
export const NewJobsAnswer = Type.Object(
  { items: Type.Array(JobSummary) },
  { ...closed, 'x-name': 'NewJobsAnswer', description: 'The jobs in the order given' },
);
export const JobFileList = listOf(JobFile, 'JobFileList');

export const JobsQuery = Type.Object(
  {
    state: Type.Optional(
      Type.String({ maxLength: 200, description: 'One state, or several separated by commas' }),
    ),
    parent: Type.Optional(Type.String({ maxLength: 300, description: 'A number: only its children' })),
    order: Type.Optional(oneOf(['oldest', 'newest'])),
    where: Type.Optional(where),
    sort: Type.Optional(
      Type.String({
        maxLength: 100,
        description: 'In place of order: newest, oldest, or a named number such as Rfree or Rfree:desc',
      }),
    ),
    trash: Type.Optional(trash),
    limit: Type.Optional(limit),
    after: Type.Optional(after),
  },
  closed,
);
