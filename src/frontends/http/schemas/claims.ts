import Type, { type Static } from 'typebox';
import { waitMsMax } from '../../../app/claim-jobs.ts';
import { workerBounds } from '../../../app/register-worker.ts';
import { closed, json, name, nullable, oneOf, texts } from './common.ts';
import { Directory } from './directories.ts';
import { FileMention, OnLost, TimeLimits } from './job-fields.ts';
import { LockMode } from './locks.ts';
import { RunAsks } from './tasks.ts';

export const workerId = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'As it was given at registration',
});
export const attempt = Type.String({ minLength: 1, maxLength: 100, description: 'As it was offered' });
export const epoch = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const HeldAttempt = Type.Object(
  { attempt, epoch, state: oneOf(['offered', 'running', 'finished']) },
  { ...closed, 'x-name': 'HeldAttempt' },
);

/** Said with each question for work too: the server may be another since the registration. */
export const protocol = Type.Optional(
  Type.Integer({
    minimum: 0,
    description: 'What the worker speaks; servers speak theirs and the one before',
  }),
);

export const ClaimRequest = Type.Object(
  {
    protocol,
    worker: workerId,
    capacity: Type.Integer({
      minimum: 0,
      maximum: workerBounds.capacity,
      description: '0 asks for news only',
    }),
    held: Type.Array(HeldAttempt, { maxItems: 100_000, description: 'All that the worker holds' }),
    seen: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The highest epoch that the worker has been told, by its registration or in an offer',
      }),
    ),
    waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: waitMsMax, default: 0 })),
    aliases: Type.Optional(
      Type.Array(name, { maxItems: 1_000, description: 'Directories that the worker has in other folders' }),
    ),
  },
  { ...closed, 'x-name': 'ClaimRequest' },
);

const OfferedLock = Type.Object(
  {
    path: Type.String(),
    mode: LockMode,
    release: nullable(Type.String(), 'That it reads; null where the database has none'),
    directory: nullable(Type.String(), 'Where its files are'),
  },
  { ...closed, 'x-name': 'OfferedLock' },
);

export const Offer = Type.Object(
  {
    attempt: Type.String(),
    job: Type.String({ description: 'The reference' }),
    epoch: Type.Integer(),
    leaseMs: Type.Integer({ description: 'To be confirmed within' }),
    attemptNumber: Type.Integer(),
    project: Type.String(),
    projectDirectory: nullable(Type.String()),
    task: nullable(Type.String()),
    title: nullable(Type.String()),
    owner: Type.String(),
    command: nullable(Type.Array(Type.String())),
    stdin: nullable(Type.String()),
    directory: nullable(Type.String()),
    environment: texts,
    parameters: json,
    inputs: Type.Array(FileMention),
    outputs: Type.Array(FileMention),
    limits: TimeLimits,
    onLost: OnLost,
    metadata: json,
    asks: Type.Optional(RunAsks),
    databases: Type.Optional(
      Type.Array(OfferedLock, { description: 'What it holds, under its epoch; absent for nothing' }),
    ),
    token: Type.String({ description: 'The attempt’s own, valid while it runs' }),
    directories: Type.Optional(
      Type.Array(Directory, {
        description: 'Of the aliases that the claim named, those that the project knows',
      }),
    ),
  },
  { ...closed, 'x-name': 'Offer' },
);
export type Offer = Static<typeof Offer>;

export const ClaimAnswer = Type.Object(
  {
    offers: Type.Array(Offer),
    abandon: Type.Array(Type.String(), { description: 'Attempts to drop: they are no longer the worker’s' }),
    cancel: Type.Array(Type.String(), { description: 'Attempts to stop' }),
    leaseMs: Type.Integer(),
    pollAfterMs: Type.Integer({ description: 'When to ask again' }),
  },
  { ...closed, 'x-name': 'ClaimAnswer' },
);
export type ClaimAnswer = Static<typeof ClaimAnswer>;
