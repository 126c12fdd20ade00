/** What two jobs have not in common: what was asked for, by what it was run, and what came of it. */
import { writeLockWish } from '../locks/wishes.ts';
import { canonicalJson } from '../tasks/canonical.ts';
import type { FileMention, JobDetails } from './job.ts';

/** Null on a side stands for nothing. */
export interface Difference {
  /** Such as `parameters.cell.a`, `environment.PATH`, `inputs.data.mtz`. */
  readonly field: string;
  readonly left: unknown;
  readonly right: unknown;
}

type Facts = ReadonlyMap<string, unknown>;

/** The differences in the order in which one would look for them. */
export function diffJobs(left: JobDetails, right: JobDetails): readonly Difference[] {
  const [mine, theirs] = [factsOf(left), factsOf(right)];
  const asked = differences(mine, theirs);
  const inputs = fileDifferences('inputs', filesOf(left, 'input'), filesOf(right, 'input'));
  const ends = differences(endOf(left), endOf(right));
  const outputs = fileDifferences('outputs', filesOf(left, 'output'), filesOf(right, 'output'));
  return [...asked, ...inputs, ...ends, ...outputs];
}

function factsOf(job: JobDetails): Facts {
  const { document, run } = job;
  const facts = new Map<string, unknown>([
    ['task', job.task],
    ['command', document.command],
    ['stdin', document.stdin],
    ['directory', document.directory],
    ['locks', document.locks?.map(writeLockWish) ?? null],
    ['host', run?.host ?? null],
    ['executable', run?.executable?.path ?? null],
    ['executable.sha256', run?.executable?.sha256 ?? null],
    ['version', run?.version ?? null],
  ]);
  flatten('environment', document.environment, facts);
  flatten('parameters', document.parameters, facts);
  return facts;
}

function endOf(job: JobDetails): Facts {
  const facts = new Map<string, unknown>([
    ['state', job.state],
    ['exitCode', job.exitCode],
  ]);
  for (const { path, attempt, release } of job.databases)
    if (attempt === job.attempts) facts.set(`databases.${path}`, release);
  flatten('numbers', job.numbers, facts);
  return facts;
}

/** An object is compared field by field, a list as a whole. */
function flatten(field: string, value: unknown, into: Map<string, unknown>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) into.set(field, value);
  else for (const [name, inner] of Object.entries(value)) flatten(`${field}.${name}`, inner, into);
}

function differences(left: Facts, right: Facts): readonly Difference[] {
  return fieldsOf(left, right)
    .map((field) => ({ field, left: left.get(field) ?? null, right: right.get(field) ?? null }))
    .filter((it) => canonicalJson(it.left) !== canonicalJson(it.right));
}

/** Of a file that was declared and written, what was written counts. */
function filesOf(job: JobDetails, role: 'input' | 'output'): ReadonlyMap<string, FileMention> {
  return new Map(
    job.files
      .filter((file) => file.role === role)
      .map(({ path, size, sha256 }) => [
        path,
        { path, ...(size === undefined ? {} : { size }), ...(sha256 === undefined ? {} : { sha256 }) },
      ]),
  );
}

function fileDifferences(
  list: string,
  left: ReadonlyMap<string, FileMention>,
  right: ReadonlyMap<string, FileMention>,
): readonly Difference[] {
  return fieldsOf(left, right)
    .map((path) => ({ field: `${list}.${path}`, one: left.get(path), other: right.get(path) }))
    .filter(({ one, other }) => !mayBeSame(one, other))
    .map(({ field, one, other }) => ({ field, left: contentOf(one), right: contentOf(other) }));
}

/** Content that is not known of one side is taken for the same. */
function mayBeSame(one: FileMention | undefined, other: FileMention | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const isOther = (name: 'size' | 'sha256'): boolean =>
    one[name] !== undefined && other[name] !== undefined && one[name] !== other[name];
  return !isOther('sha256') && !isOther('size');
}

function contentOf(file: FileMention | undefined): unknown {
  return file === undefined ? null : { size: file.size ?? null, sha256: file.sha256 ?? null };
}

function fieldsOf(
  left: ReadonlyMap<string, unknown>,
  right: ReadonlyMap<string, unknown>,
): readonly string[] {
  return [...new Set([...left.keys(), ...right.keys()])];
}
