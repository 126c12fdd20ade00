import Type, { type Static } from 'typebox';
import { bounds } from '../../../core/jobs/specify.ts';
import { locksAtOnceMax } from '../../../core/locks/wishes.ts';
import { askBounds } from '../../../core/tasks/asks.ts';
import { taskBounds } from '../../../core/tasks/definition.ts';
import { closed, json, listOf, name, nullable, oneOf, time } from './common.ts';
import { NewRetryPolicy, OnLost, Progress, TimeLimits } from './job-fields.ts';
import { JobSummary, NewJob } from './jobs.ts';

const parameters = Type.Unsafe<Readonly<Record<string, unknown>>>({
  type: 'object',
  additionalProperties: {},
  description:
    'A JSON Schema of an object; names that it does not have are refused, unless it says otherwise',
});
const command = nullable(
  Type.Array(Type.String(), { minItems: 1, maxItems: bounds.commandWords }),
  'Words with {parameter}, or {parameter...} for each element of a list; null where workers have a handler',
);
const question = {
  command: Type.Array(Type.String(), { minItems: 1, maxItems: askBounds.words }),
};
const firstLine = 'What is the version in its answer, as of numbers; null for the first line';
const pattern = Type.String({ maxLength: askBounds.patternLength });

export const VersionQuestion = Type.Object(
  { ...question, pattern: nullable(pattern, firstLine) },
  { ...closed, 'x-name': 'VersionQuestion', description: 'What is run to learn the version of a program' },
);
const NewVersionQuestion = Type.Object(
  { ...question, pattern: Type.Optional(nullable(pattern, firstLine)) },
  { ...closed, 'x-name': 'NewVersionQuestion' },
);
const numbers = Type.Unsafe<Readonly<Record<string, string>>>({
  type: 'object',
  additionalProperties: { type: 'string', maxLength: askBounds.patternLength },
  description:
    'Of numbers to be picked from the log: a regular expression for one line, whose first group is the number',
});

export const RunAsks = Type.Object(
  { version: Type.Optional(VersionQuestion), numbers: Type.Optional(numbers) },
  { ...closed, 'x-name': 'RunAsks', description: 'What its task asks of a run' },
);
export type RunAsks = Static<typeof RunAsks>;

const locks = Type.Array(Type.String({ maxLength: 1_000 }), {
  maxItems: locksAtOnceMax,
  description: 'Such as {source}:shared',
});

export const NewTask = Type.Object(
  {
    name,
    title: Type.Optional(nullable(Type.String({ maxLength: bounds.titleLength }))),
    description: Type.Optional(Type.String({ maxLength: taskBounds.descriptionLength })),
    parameters: Type.Optional(parameters),
    command: Type.Optional(command),
    locks: Type.Optional(locks),
    resources: Type.Optional(json),
    limits: Type.Optional(TimeLimits),
    retry: Type.Optional(NewRetryPolicy),
    onLost: Type.Optional(OnLost),
    version: Type.Optional(nullable(NewVersionQuestion)),
    numbers: Type.Optional(numbers),
  },
  { ...closed, 'x-name': 'NewTask' },
);

export const Task = Type.Object(
  {
    name: Type.String(),
    title: nullable(Type.String()),
    description: Type.String(),
    source: oneOf(['built-in', 'file', 'worker'], { description: 'Who says what it is' }),
    principal: nullable(Type.String(), 'Whose worker has declared it; null for the other sources'),
    parameters,
    command,
    locks,
    resources: json,
    limits: TimeLimits,
    retry: NewRetryPolicy,
    onLost: OnLost,
    version: nullable(VersionQuestion),
    numbers,
  },
  { ...closed, 'x-name': 'Task', description: 'Work that is known by its name and its parameters' },
);
export type Task = Static<typeof Task>;

export const TaskList = listOf(Task, 'TaskList');

const {
  title,
  priority,
  queue,
  after,
  hold,
  notBefore,
  metadata,
  stdin,
  directory,
  environment,
  limits,
  retry,
} = NewJob.properties;

export const TaskRun = Type.Object(
  {
    parameters: Type.Optional(json),
    project: Type.Optional(name),
    ...{
      title,
      priority,
      queue,
      after,
      hold,
      notBefore,
      metadata,
      stdin,
      directory,
      environment,
      limits,
      retry,
    },
  },
  { ...closed, 'x-name': 'TaskRun' },
);

export const TaskStatusQuestion = Type.Object(
  { parameters: Type.Optional(json) },
  { ...closed, 'x-name': 'TaskStatusQuestion' },
);

export const TaskStatus = Type.Object(
  {
    task: Type.String(),
    parameters: json,
    job: JobSummary,
    progress: nullable(Progress),
    expectedAt: nullable(
      time,
      'When it will have ended, if it goes on as so far; null where nothing can be said',
    ),
    error: nullable(Type.String(), 'What the last attempt said of its failure'),
  },
  { ...closed, 'x-name': 'TaskStatus', description: 'The newest run with these parameters' },
);
export type TaskStatus = Static<typeof TaskStatus>;

export const TaskParams = Type.Object({ task: Type.String() }, closed);
