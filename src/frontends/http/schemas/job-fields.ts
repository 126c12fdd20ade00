/** What jobs are made of: files, dependencies, limits, retries. */
import Type, { type Static } from 'typebox';
import { bounds } from '../../../core/jobs/specify.ts';
import { jobStates } from '../../../core/jobs/states.ts';
import { progressBounds } from '../../../core/tasks/progress.ts';
import { closed, nullable, oneOf, time } from './common.ts';

export const JobState = oneOf(jobStates, { 'x-name': 'JobState' });

export const OnLost = oneOf(['retry', 'fail', 'ask'], {
  'x-name': 'OnLost',
  description: 'When the worker’s lease ends while the job runs',
});

export const DependencyKind = oneOf(['success', 'failure', 'any'], { 'x-name': 'DependencyKind' });

const durationMs = Type.Integer({ minimum: 0, maximum: bounds.durationMs });
const limitMs = Type.Integer({ minimum: 1, maximum: bounds.durationMs });

export const FileMention = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: bounds.pathLength }),
    size: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    sha256: Type.Optional(
      Type.String({ pattern: '^[0-9a-f]{64}$', description: '64 lower-case hexadecimal digits' }),
    ),
    kind: Type.Optional(oneOf(['directory'], { description: 'Absent for a file' })),
    note: Type.Optional(
      Type.String({ maxLength: bounds.noteLength, description: 'Such as: changed while it was read' }),
    ),
  },
  { ...closed, 'x-name': 'FileMention' },
);

/** A path alone, or with size and digest. */
export const files = Type.Array(
  Type.Union([Type.String({ minLength: 1, maxLength: bounds.pathLength }), FileMention]),
  {
    maxItems: bounds.files,
  },
);

export const NewDependency = Type.Object(
  {
    job: Type.Union([Type.String({ maxLength: 400 }), Type.Integer()], {
      description: 'A reference such as toxd/12, or the index of a job in this request',
    }),
    on: Type.Optional(DependencyKind),
  },
  { ...closed, 'x-name': 'NewDependency' },
);

export const Dependency = Type.Object(
  { job: Type.String(), on: DependencyKind },
  { ...closed, 'x-name': 'Dependency' },
);

export const TimeLimits = Type.Object(
  {
    startWithinMs: Type.Optional(limitMs),
    attemptMs: Type.Optional(limitMs),
    totalMs: Type.Optional(limitMs),
  },
  { ...closed, 'x-name': 'TimeLimits' },
);

export const NewRetryPolicy = Type.Object(
  {
    max: Type.Optional(Type.Integer({ minimum: 0, maximum: bounds.retries })),
    delayMs: Type.Optional(durationMs),
    factor: Type.Optional(Type.Number({ minimum: 1, maximum: 100 })),
    delayMsMax: Type.Optional(durationMs),
  },
  { ...closed, 'x-name': 'NewRetryPolicy' },
);

export const RetryPolicy = Type.Object(
  { max: Type.Integer(), delayMs: Type.Integer(), factor: Type.Number(), delayMsMax: Type.Integer() },
  { ...closed, 'x-name': 'RetryPolicy' },
);

export const Executable = Type.Object(
  {
    path: Type.String({ maxLength: bounds.pathLength }),
    sha256: nullable(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  },
  { ...closed, 'x-name': 'Executable' },
);

export const RunFacts = Type.Object(
  {
    host: nullable(Type.String()),
    account: nullable(Type.String()),
    executable: nullable(Executable),
    version: nullable(Type.String(), 'As the program told it'),
  },
  { ...closed, 'x-name': 'RunFacts' },
);

export const MadeBy = Type.Object(
  {
    ref: Type.String(),
    attempt: Type.Integer(),
    by: oneOf(['path', 'content']),
    cyclic: Type.Boolean({ description: 'It would close a circle of jobs, and is not followed' }),
    provisional: Type.Boolean({ description: 'Looked for again when the job starts' }),
  },
  { ...closed, 'x-name': 'MadeBy' },
);

export const JobFile = Type.Object(
  {
    role: oneOf(['input', 'output']),
    path: Type.String(),
    size: nullable(Type.Integer()),
    sha256: nullable(Type.String()),
    attempt: nullable(Type.Integer(), 'The attempt that wrote it; null for what was declared, or read'),
    kind: nullable(oneOf(['directory']), 'Null for a file'),
    note: nullable(Type.String()),
    madeBy: nullable(MadeBy, 'Of an input: what made it'),
  },
  { ...closed, 'x-name': 'JobFile' },
);
export type JobFile = Static<typeof JobFile>;

const count = Type.Number({ minimum: 0, maximum: progressBounds.count });

export const ToldCounts = Type.Object(
  {
    done: count,
    total: Type.Optional(nullable(count)),
    unit: Type.Optional(nullable(Type.String({ maxLength: progressBounds.unitLength }), 'Such as files')),
  },
  {
    ...closed,
    'x-name': 'ToldCounts',
    description: 'With a total they say the fraction, where that is left out',
  },
);

/** What is said of progress: what is left out stays as it was. */
export const toldProgress = {
  fraction: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  text: Type.Optional(Type.String({ maxLength: progressBounds.textLength })),
  counts: Type.Optional(ToldCounts),
};

export const Progress = Type.Object(
  {
    fraction: Type.Number(),
    text: nullable(Type.String()),
    counts: nullable(
      Type.Object(
        { done: Type.Number(), total: nullable(Type.Number()), unit: nullable(Type.String()) },
        { ...closed, 'x-name': 'Counts' },
      ),
      'How much is done, of how much',
    ),
    at: time,
    expectedAt: nullable(time, 'When the job will have ended, if it goes on as so far'),
  },
  { ...closed, 'x-name': 'Progress' },
);
