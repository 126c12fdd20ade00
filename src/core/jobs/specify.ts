/**
 * From what a client asks to a job that may be stored: defaults, and every bound that a schema cannot say.
 * Bounds are per job; text is counted in characters, stdin in bytes of UTF-8.
 */

import { priorityMax } from '../dispatch/rank.ts';
import { Fault } from '../faults.ts';
import { type LockWish, readLocks } from '../locks/wishes.ts';
import { isName, nameRule } from '../names.ts';
import type { Asks } from '../tasks/asks.ts';
import { checkDigest, checkDirectory, checkJson, checkText, utf8Length } from '../text.ts';
import { locksWithoutWork } from './edit.ts';
import type { Dependency, FileMention, JobSpec, OnLost, RetryPolicy, TimeLimits } from './job.ts';

export interface JobRequest {
  readonly task?: string | null | undefined;
  readonly title?: string | null | undefined;
  readonly command?: readonly string[] | null | undefined;
  readonly stdin?: string | null | undefined;
  readonly directory?: string | null | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly parameters?: unknown;
  readonly inputs?: readonly (string | FileMention)[] | undefined;
  readonly outputs?: readonly (string | FileMention)[] | undefined;
  readonly priority?: number | undefined;
  readonly queue?: string | undefined;
  readonly parent?: string | null | undefined;
  readonly after?:
    | readonly { readonly job: string | number; readonly on?: Dependency['on'] | undefined }[]
    | undefined;
  readonly hold?: boolean | undefined;
  /** Milliseconds since 1970. */
  readonly notBefore?: number | null | undefined;
  readonly resources?: unknown;
  readonly limits?: { readonly [K in keyof TimeLimits]?: number | undefined } | undefined;
  readonly retry?: { readonly [K in keyof RetryPolicy]?: number | undefined } | undefined;
  readonly onLost?: OnLost | undefined;
  readonly metadata?: unknown;
  readonly atOnce?: number | null | undefined;
  /** Such as `embl:shared`, or `{path, mode}`. */
  readonly locks?: readonly (string | LockWish)[] | undefined;
  /** From the definition of its task, where they were checked. */
  readonly asks?: Asks | undefined;
  readonly submit?: boolean | undefined;
}

export const bounds = {
  titleLength: 1_000,
  commandWords: 20_000,
  commandLength: 1 << 20,
  stdinBytes: 1 << 20,
  environmentNames: 1_000,
  files: 20_000,
  pathLength: 4_096,
  noteLength: 200,
  afterJobs: 1_000,
  jsonLength: 1 << 18,
  jsonDepth: 32,
  durationMs: 10 * 365 * 86_400_000,
  retries: 1_000,
  jobsPerRequest: 1_000,
  atOnceMax: 1_000_000,
} as const;

const variablePattern = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;
const yearTenThousand = 253_402_300_800_000;

/** `at` is the place of the job in the request, for the field named by a fault: `` or `jobs[3].`. */
export function specifyJob(request: JobRequest, owner: string, at = ''): JobSpec {
  const field = (name: string): string => `${at}${name}`;
  const command = request.command ?? null;
  const task = request.task ?? null;
  if (command !== null) checkCommand(command, field('command'));
  if (task !== null) checkName(task, field('task'));
  if (request.title != null) checkText(request.title, field('title'), bounds.titleLength);
  if (request.directory != null) checkDirectory(request.directory, field('directory'), bounds.pathLength);
  if (request.stdin != null) checkStdin(request.stdin, field('stdin'));
  checkEnvironment(request.environment ?? {}, field('environment'));
  for (const name of ['parameters', 'resources', 'metadata'] as const)
    if (request[name] !== undefined)
      checkJson(request[name], field(name), bounds.jsonDepth, bounds.jsonLength);
  if ((request.after?.length ?? 0) > bounds.afterJobs)
    throw new Fault('invalid_field', {
      field: field('after'),
      found: request.after?.length,
      expected: `at most ${bounds.afterJobs} jobs`,
    });
  return {
    task,
    title: request.title ?? null,
    owner,
    queue: request.queue === undefined ? 'default' : checkName(request.queue, field('queue')),
    priority: checkInteger(request.priority ?? 0, field('priority'), -priorityMax, priorityMax),
    parent: request.parent ?? null,
    after: (request.after ?? []).map(({ job, on }) => ({ job, on: on ?? 'success' })),
    hold: request.hold ?? false,
    submit: request.submit ?? true,
    rerunOf: null,
    command,
    stdin: request.stdin ?? null,
    directory: request.directory ?? null,
    environment: request.environment ?? {},
    parameters: request.parameters ?? null,
    inputs: checkFiles(request.inputs ?? [], field('inputs')),
    outputs: checkFiles(request.outputs ?? [], field('outputs')),
    notBefore:
      request.notBefore == null
        ? null
        : checkInteger(request.notBefore, field('notBefore'), 0, yearTenThousand),
    resources: request.resources ?? null,
    limits: checkLimits(request.limits ?? {}, field('limits')),
    retry: checkRetry(request.retry ?? {}, field('retry')),
    onLost: request.onLost ?? 'fail',
    metadata: request.metadata ?? null,
    ...(request.atOnce == null ? {} : { atOnce: checkAtOnce(request, field('atOnce')) }),
    ...(request.locks === undefined || request.locks.length === 0
      ? {}
      : { locks: checkJobLocks(request, request.locks, field('locks')) }),
    ...(request.asks === undefined ? {} : { asks: request.asks }),
  };
}

function checkJobLocks(
  { command, task }: JobRequest,
  locks: readonly (string | LockWish)[],
  field: string,
): readonly LockWish[] {
  if (command == null && task == null) throw locksWithoutWork(field);
  return readLocks(locks, field);
}

function checkAtOnce({ atOnce, command, task }: JobRequest, field: string): number {
  if (command != null || task != null)
    throw new Fault('invalid_field', {
      field,
      found: atOnce,
      expected: 'a job without work of its own, whose children it limits',
    });
  return checkInteger(atOnce ?? 0, field, 1, bounds.atOnceMax);
}

/** A name of a project, task, queue or worker: letters, digits and . _ : + -, at most 100. */
export function checkName(name: string, field: string): string {
  if (!isName(name))
    throw new Fault('invalid_field', {
      field,
      found: name,
      expected: nameRule,
    });
  return name;
}

export function checkInteger(value: number, field: string, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new Fault('invalid_field', { field, found: value, expected: `an integer from ${min} to ${max}` });
  return value;
}

/** Files as they are posted: a path alone, or with size and digest. */
export function checkFiles(files: readonly (string | FileMention)[], field: string): readonly FileMention[] {
  if (files.length > bounds.files)
    throw new Fault('invalid_field', {
      field,
      found: files.length,
      expected: `at most ${bounds.files} files`,
    });
  return files.map((file, index) => {
    const mention = typeof file === 'string' ? { path: file } : file;
    const at = `${field}[${index}]`;
    checkText(mention.path, `${at}.path`, bounds.pathLength);
    if (mention.path === '')
      throw new Fault('invalid_field', { field: `${at}.path`, found: '', expected: 'a path' });
    if (mention.size !== undefined) checkInteger(mention.size, `${at}.size`, 0, Number.MAX_SAFE_INTEGER);
    if (mention.sha256 !== undefined) checkDigest(mention.sha256, `${at}.sha256`);
    if (mention.note !== undefined) checkText(mention.note, `${at}.note`, bounds.noteLength);
    return mention;
  });
}

function checkCommand(command: readonly string[], field: string): void {
  if (command.length === 0 || command[0] === '')
    throw new Fault('invalid_field', { field, found: command, expected: 'at least the name of a program' });
  if (command.length > bounds.commandWords)
    throw new Fault('invalid_field', {
      field,
      found: command.length,
      expected: `at most ${bounds.commandWords} words`,
    });
  let length = 0;
  command.forEach((word, index) => {
    checkText(word, `${field}[${index}]`, bounds.commandLength);
    length += word.length;
  });
  if (length > bounds.commandLength)
    throw new Fault('invalid_field', {
      field,
      found: length,
      expected: `at most ${bounds.commandLength} characters in all`,
    });
}

export function checkStdin(stdin: string, field: string): void {
  checkText(stdin, field, bounds.stdinBytes);
  const bytes = utf8Length(stdin);
  if (bytes > bounds.stdinBytes)
    throw new Fault('invalid_field', { field, found: bytes, expected: `at most ${bounds.stdinBytes} bytes` });
}

function checkEnvironment(environment: Readonly<Record<string, string>>, field: string): void {
  const entries = Object.entries(environment);
  if (entries.length > bounds.environmentNames)
    throw new Fault('invalid_field', {
      field,
      found: entries.length,
      expected: `at most ${bounds.environmentNames} variables`,
    });
  for (const [name, value] of entries) {
    if (!variablePattern.test(name))
      throw new Fault('invalid_field', {
        field,
        found: name,
        expected: 'names of letters, digits and _, not beginning with a digit',
      });
    checkText(value, `${field}.${name}`, bounds.commandLength);
  }
}

function checkLimits(limits: NonNullable<JobRequest['limits']>, field: string): TimeLimits {
  const checked: { -readonly [K in keyof TimeLimits]: number } = {};
  for (const name of ['startWithinMs', 'attemptMs', 'totalMs'] as const)
    if (limits[name] !== undefined)
      checked[name] = checkInteger(limits[name], `${field}.${name}`, 1, bounds.durationMs);
  return checked;
}

function checkRetry(retry: NonNullable<JobRequest['retry']>, field: string): RetryPolicy {
  const delayMs = checkInteger(retry.delayMs ?? 1_000, `${field}.delayMs`, 0, bounds.durationMs);
  const factor = retry.factor ?? 2;
  if (!(factor >= 1 && factor <= 100))
    throw new Fault('invalid_field', {
      field: `${field}.factor`,
      found: factor,
      expected: 'a number from 1 to 100',
    });
  return {
    max: checkInteger(retry.max ?? 0, `${field}.max`, 0, bounds.retries),
    delayMs,
    factor,
    delayMsMax: checkInteger(
      retry.delayMsMax ?? Math.max(delayMs, 3_600_000),
      `${field}.delayMsMax`,
      0,
      bounds.durationMs,
    ),
  };
}
