import Type from 'typebox';
import { runBounds } from '../../../core/jobs/record.ts';
import { namedNumbers } from './annotations.ts';
import { attempt, epoch, workerId } from './claims.ts';
import { closed, exitCode, nullable, oneOf } from './common.ts';
import { Executable, files, toldProgress } from './job-fields.ts';

const attemptsMax = { maxItems: 10_000 } as const;

export const AttemptClaim = Type.Object({ attempt, epoch }, { ...closed, 'x-name': 'AttemptClaim' });

export const ConfirmRequest = Type.Object(
  { worker: workerId, attempts: Type.Array(AttemptClaim, attemptsMax) },
  { ...closed, 'x-name': 'ConfirmRequest' },
);

export const RefusedAttempt = Type.Object(
  { attempt: Type.String(), code: Type.String() },
  { ...closed, 'x-name': 'RefusedAttempt' },
);

export const ConfirmAnswer = Type.Object(
  {
    start: Type.Array(Type.String(), { description: 'Only these may be started' }),
    refused: Type.Array(RefusedAttempt),
  },
  { ...closed, 'x-name': 'ConfirmAnswer' },
);

export const ProgressReport = Type.Object(
  {
    attempt,
    epoch,
    ...toldProgress,
  },
  { ...closed, 'x-name': 'ProgressReport' },
);

export const RenewRequest = Type.Object(
  { worker: workerId, progress: Type.Optional(Type.Array(ProgressReport, attemptsMax)) },
  { ...closed, 'x-name': 'RenewRequest' },
);

export const RenewAnswer = Type.Object(
  {
    leaseMs: Type.Integer(),
    cancel: Type.Array(Type.String(), { description: 'Attempts to stop' }),
    lost: Type.Array(Type.String(), { description: 'Attempts that are no longer the worker’s' }),
  },
  { ...closed, 'x-name': 'RenewAnswer' },
);

export const OutputChunk = Type.Object(
  {
    stream: oneOf(['stdout', 'stderr', 'note']),
    seq: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Counts from 0 over all streams of the attempt',
    }),
    data: Type.String({ contentEncoding: 'base64' }),
  },
  { ...closed, 'x-name': 'OutputChunk' },
);

export const OutputRequest = Type.Object(
  { attempt, epoch, chunks: Type.Array(OutputChunk, attemptsMax) },
  { ...closed, 'x-name': 'OutputRequest' },
);

export const OutputAnswer = Type.Object(
  { kept: Type.Integer({ description: 'Bytes kept of this attempt' }), capped: Type.Boolean() },
  { ...closed, 'x-name': 'OutputAnswer' },
);

export const FinishedAttempt = Type.Object(
  {
    attempt,
    epoch,
    outcome: oneOf(['succeeded', 'failed', 'cancelled', 'returned']),
    exitCode: Type.Optional(nullable(exitCode)),
    outputs: Type.Optional(files),
    error: Type.Optional(nullable(Type.String({ maxLength: runBounds.errorLength }))),
    reason: Type.Optional(nullable(Type.String({ maxLength: 100 }))),
    executable: Type.Optional(nullable(Executable, 'What was run')),
    version: Type.Optional(nullable(Type.String({ maxLength: runBounds.versionLength }))),
    progress: Type.Optional(
      Type.Object(toldProgress, { ...closed, description: 'The last that it said of itself' }),
    ),
    numbers: Type.Optional(namedNumbers('Out of its log: they become numbers of the job')),
  },
  { ...closed, 'x-name': 'FinishedAttempt' },
);

export const FinishRequest = Type.Object(
  { attempts: Type.Array(FinishedAttempt, attemptsMax) },
  { ...closed, 'x-name': 'FinishRequest' },
);

export const FinishResult = Type.Object(
  {
    attempt: Type.String(),
    applied: Type.Boolean({ description: 'false: recorded as a late report, and nothing changed' }),
    code: nullable(Type.String()),
  },
  { ...closed, 'x-name': 'FinishResult' },
);

export const FinishAnswer = Type.Object(
  { results: Type.Array(FinishResult) },
  { ...closed, 'x-name': 'FinishAnswer' },
);
