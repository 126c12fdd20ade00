import type { JobRecord } from '../jobs/job.ts';
import type { JobPlace } from '../jobs/reference.ts';
import type { Criterion, Test } from './criterion.ts';
import type { MeasureField, NameField } from './fields.ts';
import type { Measure } from './tree.ts';

/** What selections ask of a job. */
export interface JobFacts {
  readonly job: Omit<
    JobRecord,
    | 'id'
    | 'project'
    | 'number'
    | 'title'
    | 'revision'
    | 'rerunOf'
    | 'trashedAt'
    | 'cancelRequestedAt'
    | 'comments'
  >;
  /** Of the title and the comments. */
  readonly words: readonly string[];
  /** What it read, and what it wrote. */
  readonly files: readonly {
    readonly role: 'input' | 'output';
    readonly sha256?: string;
    readonly isAt: (path: string) => boolean;
  }[];
  /** Whether it is an ancestor, or a descendant, of the job at a place. */
  readonly isKin: (side: 'ancestors' | 'descendants', place: JobPlace) => boolean;
}

/** Whether a job is selected. Every condition is true or false: what a job does not have fulfils none but `none`. */
export function matches(criterion: Criterion, facts: JobFacts): boolean {
  switch (criterion.kind) {
    case 'all':
      return criterion.of.every((part) => matches(part, facts));
    case 'any':
      return criterion.of.some((part) => matches(part, facts));
    case 'not':
      return !matches(criterion.of, facts);
    default:
      return fulfils(criterion, facts);
  }
}

function fulfils(test: Test, facts: JobFacts): boolean {
  switch (test.kind) {
    case 'word':
      return facts.words.some((word) => (test.prefix ? word.startsWith(test.word) : word === test.word));
    case 'name': {
      const names = namesOf(test.field, facts);
      return test.values.some((value) => (value === null ? names.length === 0 : names.includes(value)));
    }
    case 'range': {
      const value = measured(test.of, facts);
      return value === null ? test.none : test.ranges.some(({ from, to }) => from <= value && value <= to);
    }
    case 'file':
      return facts.files.some(
        ({ role, isAt, sha256 }) =>
          role === test.role &&
          (test.paths.some(isAt) || (sha256 !== undefined && test.digests.includes(sha256))),
      );
    case 'kin':
      return test.places.some((place) => facts.isKin(test.side, place));
  }
}

function namesOf(field: NameField, { job }: JobFacts): readonly string[] {
  if (field === 'tag') return job.tags;
  const name = job[field];
  return name === null ? [] : [name];
}

const propertyOf = {
  priority: 'priority',
  exit: 'exitCode',
  attempts: 'attempts',
  created: 'createdAt',
  submitted: 'submittedAt',
  started: 'startedAt',
  finished: 'finishedAt',
} as const satisfies Record<MeasureField, keyof JobFacts['job']>;

function measured(of: Measure, { job }: JobFacts): number | null {
  if ('field' in of) return job[propertyOf[of.field]];
  return Object.hasOwn(job.numbers, of.number) ? (job.numbers[of.number] ?? null) : null;
}
