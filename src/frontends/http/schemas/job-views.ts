/** What can be asked about one job: why, its log, its attempts. */
import type { Readable } from 'node:stream';
import Type, { type Static } from 'typebox';
import { closed, limit, nullable, oneOf, time } from './common.ts';
import { DependencyKind, JobState, RunFacts } from './job-fields.ts';

export const UnmetDependency = Type.Object(
  { ref: Type.String(), state: JobState, on: DependencyKind },
  { ...closed, 'x-name': 'UnmetDependency' },
);

export const Why = Type.Object(
  {
    ref: Type.String(),
    state: JobState,
    reason: nullable(Type.String()),
    sentence: Type.String(),
    unmet: Type.Array(UnmetDependency),
    ahead: Type.Integer({ description: 'Ready jobs before it, counted up to 1,000' }),
  },
  { ...closed, 'x-name': 'Why' },
);
export type Why = Static<typeof Why>;

export const DiffQuery = Type.Object(
  {
    with: Type.String({
      maxLength: 400,
      description: 'The other job: a reference, or a number of the project',
    }),
  },
  closed,
);

export const Difference = Type.Object(
  {
    field: Type.String({ description: 'Such as parameters.cell.a, or inputs.data.mtz' }),
    left: Type.Unknown({ description: 'Null for nothing' }),
    right: Type.Unknown({ description: 'Null for nothing' }),
  },
  { ...closed, 'x-name': 'Difference' },
);

export const JobDiff = Type.Object(
  {
    left: Type.String(),
    right: Type.String(),
    fields: Type.Array(Difference),
    complete: Type.Boolean({
      description: 'False where a job has 1,000 files or more: the rest was not compared',
    }),
  },
  { ...closed, 'x-name': 'JobDiff', description: 'What two jobs have not in common' },
);

const attemptNumber = Type.Integer({ minimum: 1, maximum: 999_999_999 });

export const LogQuery = Type.Object(
  {
    attempt: Type.Optional(attemptNumber),
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Only what follows this sequence number',
      }),
    ),
    limit: Type.Optional(limit),
    format: Type.Optional(oneOf(['json', 'text'])),
  },
  closed,
);

export const LogChunk = Type.Object(
  {
    sequence: Type.Integer(),
    stream: oneOf(['stdout', 'stderr', 'note']),
    at: time,
    data: Type.String({ contentEncoding: 'base64' }),
  },
  { ...closed, 'x-name': 'LogChunk' },
);

export const Log = Type.Object(
  {
    attempt: nullable(Type.Integer()),
    items: Type.Array(LogChunk),
    next: nullable(
      Type.Integer(),
      'Where to go on (`after`); null when all was read, or nothing is there yet',
    ),
    complete: Type.Boolean({ description: 'The attempt has ended, and this page is the last' }),
  },
  { ...closed, 'x-name': 'Log' },
);
export type Log = Static<typeof Log>;

/** With format=text: not JSON at all, but the bytes as they were written. */
export const LogText = Type.Unsafe<Readable>({ type: 'string', description: 'text/plain with format=text' });

export const Attempt = Type.Object(
  {
    attempt: Type.Integer(),
    epoch: Type.Integer(),
    worker: nullable(Type.String()),
    startedAt: nullable(time),
    finishedAt: nullable(time),
    outcome: nullable(oneOf(['succeeded', 'failed', 'cancelled', 'lost'])),
    exitCode: nullable(Type.Integer()),
    reason: nullable(Type.String()),
    error: nullable(Type.String()),
    run: nullable(RunFacts, 'Where and by what it was run; null where nothing is known'),
  },
  { ...closed, 'x-name': 'Attempt' },
);
export type Attempt = Static<typeof Attempt>;

export const LateReport = Type.Object(
  {
    attempt: Type.Integer(),
    epoch: Type.Integer(),
    at: time,
    outcome: oneOf(['succeeded', 'failed', 'cancelled', 'returned']),
    exitCode: nullable(Type.Integer()),
    reason: nullable(Type.String()),
    error: nullable(Type.String()),
    outputs: Type.Array(Type.String(), { description: 'The paths of the files it names' }),
  },
  { ...closed, 'x-name': 'LateReport' },
);
export type LateReport = Static<typeof LateReport>;

export const AttemptList = Type.Object(
  {
    items: Type.Array(Attempt),
    late: Type.Array(LateReport, {
      description: 'What came after an attempt was over: kept, and nothing changed by it; at most 100',
    }),
  },
  { ...closed, 'x-name': 'AttemptList' },
);
