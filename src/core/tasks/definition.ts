import { Fault } from '../faults.ts';
import type { JobDocument, OnLost, RetryPolicy } from '../jobs/job.ts';
import { bounds, checkName, specifyJob } from '../jobs/specify.ts';
import { locksAtOnceMax, readLockWish } from '../locks/wishes.ts';
import { checkJson, checkText } from '../text.ts';
import {
  checkNumberPatterns,
  checkVersionQuestion,
  type NewVersionQuestion,
  type NumberPatterns,
  type VersionQuestion,
} from './asks.ts';
import { placeholdersIn } from './fill.ts';

/** A JSON Schema of an object. */
export type ParameterSchema = Readonly<Record<string, unknown>>;

/** What a registered task is: how its parameters must be, and what becomes of them. */
export interface TaskDefinition {
  readonly name: string;
  readonly title: string | null;
  readonly description: string;
  readonly parameters: ParameterSchema;
  /** Words with `{parameter}`; null where a worker has a handler for it. */
  readonly command: readonly string[] | null;
  /** Such as `{source}:shared`. */
  readonly locks: readonly string[];
  readonly resources: unknown;
  readonly limits: JobDocument['limits'];
  /** What it says of retries; the rest is as for all jobs. */
  readonly retry: Partial<RetryPolicy>;
  readonly onLost: OnLost;
  /** How to ask for the version of its program; null where that is not said. */
  readonly version: VersionQuestion | null;
  /** What is picked from the log of its runs. */
  readonly numbers: NumberPatterns;
}

/** A definition as somebody gives it: all but the name may be left out. */
export type NewTask = { readonly name: string; readonly version?: NewVersionQuestion | null | undefined } & {
  readonly [K in Exclude<keyof TaskDefinition, 'name' | 'version'>]?: TaskDefinition[K] | undefined;
};

export const taskBounds = { tasks: 1_000, descriptionLength: 10_000, parameters: 200 } as const;

/** With defaults, and within every bound; whether its schema is one is for others to say. `at` names its place. */
export function checkTask(task: NewTask, at = ''): TaskDefinition {
  const field = (name: string): string => `${at}${name}`;
  checkName(task.name, field('name'));
  const { title = null, description = '', command = null, locks = [] } = task;
  if (title !== null) checkText(title, field('title'), bounds.titleLength);
  checkText(description, field('description'), taskBounds.descriptionLength);
  const parameters = objectSchema(task.parameters ?? {}, field('parameters'));
  const known = parameterNames(parameters);
  if (known.length > taskBounds.parameters)
    throw new Fault('invalid_field', {
      field: field('parameters'),
      found: known.length,
      expected: `at most ${taskBounds.parameters} parameters`,
    });
  command?.forEach((word, index) => {
    checkPlaceholders(word, known, field(`command[${index}]`));
  });
  if (locks.length > locksAtOnceMax)
    throw new Fault('invalid_field', {
      field: field('locks'),
      found: locks.length,
      expected: `at most ${locksAtOnceMax} locks`,
    });
  locks.forEach((lock, index) => {
    checkPlaceholders(lock, known, field(`locks[${index}]`));
    if (placeholdersIn(lock).length === 0) readLockWish(lock, field(`locks[${index}]`));
  });
  // The bounds of what a job takes over are those of jobs.
  const { resources = null, limits = {}, retry = {}, onLost = 'fail', version = null, numbers = {} } = task;
  specifyJob({ task: task.name, command, resources, limits, retry }, '', at);
  return {
    ...{ name: task.name, title, description, parameters, command, locks: [...locks] },
    ...{ resources, limits, retry, onLost },
    version: version === null ? null : checkVersionQuestion(version, field('version')),
    numbers: checkNumberPatterns(numbers, field('numbers')),
  };
}

/** Parameters that no task has are refused, unless its schema says otherwise. */
function objectSchema(schema: ParameterSchema, field: string): ParameterSchema {
  checkJson(schema, field, bounds.jsonDepth, bounds.jsonLength);
  const { type = 'object', properties = {}, additionalProperties = false } = schema;
  if (type !== 'object')
    throw new Fault('invalid_field', { field: `${field}.type`, found: type, expected: 'object' });
  if (!isObject(properties))
    throw new Fault('invalid_field', {
      field: `${field}.properties`,
      found: properties,
      expected: 'a schema for each parameter',
    });
  return { ...schema, type, properties, additionalProperties };
}

function checkPlaceholders(word: string, known: readonly string[], field: string): void {
  for (const { name } of placeholdersIn(word))
    if (!known.includes(name))
      throw new Fault('invalid_field', {
        field,
        found: `{${name}}`,
        expected: known.length === 0 ? 'no {…}: the task has no parameters' : `{${known.join('}, {')}}`,
      });
}

/** The parameters that a schema names, in its order. */
export function parameterNames(schema: ParameterSchema): readonly string[] {
  return isObject(schema.properties) ? Object.keys(schema.properties) : [];
}

/** What a schema says of one parameter. */
export function parameterSchema(schema: ParameterSchema, name: string): Readonly<Record<string, unknown>> {
  const found = isObject(schema.properties) ? schema.properties[name] : undefined;
  return isObject(found) ? found : {};
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
