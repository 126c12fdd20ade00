/** Runs that somebody else runs and tells of. */
import Type, { type Static } from 'typebox';
import { runBounds } from '../../../core/jobs/record.ts';
import { bounds } from '../../../core/jobs/specify.ts';
import { endReasons } from '../../../core/jobs/states.ts';
import { namedNumbers } from './annotations.ts';
import { attempt, epoch } from './claims.ts';
import { closed, exitCode, json, name, nullable, oneOf, texts, time } from './common.ts';
import { Executable, files, toldProgress } from './job-fields.ts';
import { JobSummary } from './jobs.ts';
import { RunAsks } from './tasks.ts';

const stdin = Type.Optional(
  nullable(Type.String({ maxLength: bounds.stdinBytes }), 'Null where it was not kept'),
);
const version = Type.Optional(nullable(Type.String({ maxLength: runBounds.versionLength })));
const executable = Type.Optional(nullable(Executable));

const end = {
  finishedAt: time,
  outcome: oneOf(['succeeded', 'failed', 'cancelled']),
  exitCode: Type.Optional(nullable(exitCode)),
  reason: Type.Optional(nullable(oneOf(Object.keys(endReasons) as (keyof typeof endReasons)[]))),
  error: Type.Optional(nullable(Type.String({ maxLength: runBounds.errorLength }))),
  inputs: Type.Optional(files),
  outputs: Type.Optional(files),
  stdin,
  version,
  executable,
  numbers: Type.Optional(namedNumbers('Out of its log: they become numbers of the job')),
};

export const RunEnd = Type.Object(end, {
  ...closed,
  'x-name': 'RunEnd',
  description: 'What is known when a run has ended; inputs with the digests that were worked out meanwhile',
});
export type RunEnd = Static<typeof RunEnd>;

export const NewRun = Type.Object(
  {
    key: Type.String({ format: 'uuid', description: 'The recorder’s own name of the run' }),
    project: Type.Optional(name),
    projectName: Type.Optional(name),
    folder: Type.String({ maxLength: bounds.pathLength, description: 'The working folder, absolute' }),
    parent: Type.Optional(nullable(Type.String({ maxLength: 400 }))),
    task: Type.Optional(nullable(name)),
    title: Type.Optional(nullable(Type.String({ maxLength: bounds.titleLength }))),
    tags: Type.Optional(Type.Array(Type.String())),
    command: Type.Array(Type.String(), { minItems: 1, maxItems: bounds.commandWords }),
    stdin,
    environment: Type.Optional(texts),
    parameters: Type.Optional(json),
    metadata: Type.Optional(json),
    inputs: Type.Optional(files),
    host: Type.String({ minLength: 1, maxLength: runBounds.hostLength }),
    account: Type.String({ minLength: 1, maxLength: runBounds.accountLength }),
    executable,
    version,
    startedAt: time,
    leaseMs: Type.Optional(
      Type.Integer({
        minimum: runBounds.leaseMsMin,
        maximum: runBounds.leaseMsMax,
        default: runBounds.leaseMs,
      }),
    ),
    ended: Type.Optional(RunEnd),
  },
  { ...closed, 'x-name': 'NewRun' },
);
export type NewRun = Static<typeof NewRun>;

export const RecordedRun = Type.Object(
  {
    job: JobSummary,
    attempt: Type.String(),
    epoch: Type.Integer(),
    leaseMs: Type.Integer({ description: 'To be renewed within' }),
    newProject: Type.Boolean({ description: 'The run began a project' }),
    asks: Type.Optional(RunAsks),
    token: Type.String({ description: 'The attempt’s own, valid while it runs' }),
  },
  { ...closed, 'x-name': 'RecordedRun' },
);
export type RecordedRun = Static<typeof RecordedRun>;

export const RunRenewal = Type.Object(
  {
    attempt,
    epoch,
    progress: Type.Optional(Type.Object(toldProgress, closed)),
  },
  { ...closed, 'x-name': 'RunRenewal' },
);

export const RunRenewed = Type.Object(
  { leaseMs: Type.Integer(), cancel: Type.Boolean({ description: 'Somebody asked to stop it' }) },
  { ...closed, 'x-name': 'RunRenewed' },
);

export const RunFinish = Type.Object({ attempt, epoch, ...end }, { ...closed, 'x-name': 'RunFinish' });
