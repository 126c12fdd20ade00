/** A selection as storages answer it: no time depends on now any more, every job is named by its place. */
import type { JobPlace } from '../jobs/reference.ts';
import { readReference } from '../jobs/reference.ts';
import { fields, type NameField } from './fields.ts';
import { isAgo, type Span, spanOf } from './times.ts';
import type { Condition, Item, Measure, Scalar, Tree } from './tree.ts';

export type Criterion =
  | { readonly kind: 'all'; readonly of: readonly Criterion[] }
  | { readonly kind: 'any'; readonly of: readonly Criterion[] }
  | { readonly kind: 'not'; readonly of: Criterion }
  | Test;

export type Test =
  | { readonly kind: 'word'; readonly word: string; readonly prefix: boolean }
  | { readonly kind: 'name'; readonly field: NameField; readonly values: readonly (string | null)[] }
  /** The value lies in one of the ranges; or (none) there is no value. */
  | {
      readonly kind: 'range';
      readonly of: Measure;
      readonly ranges: readonly Range[];
      readonly none: boolean;
    }
  | {
      readonly kind: 'file';
      readonly role: 'input' | 'output';
      readonly paths: readonly string[];
      readonly digests: readonly string[];
    }
  | {
      readonly kind: 'kin';
      readonly side: 'ancestors' | 'descendants';
      readonly places: readonly JobPlace[];
    };

/** Numbers from one to another, both among them; ends may be infinite. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Fixes what is meant by `today` and `3d`, and by a bare number of a job. */
export function criterionOf(tree: Tree, now: number, project: string): Criterion {
  switch (tree.kind) {
    case 'all':
    case 'any':
      return { kind: tree.kind, of: tree.of.map((part) => criterionOf(part, now, project)) };
    case 'not':
      return { kind: 'not', of: criterionOf(tree.of, now, project) };
    default:
      return testOf(tree, now, project);
  }
}

/** The projects of jobs that a selection names. */
export function projectsIn(criterion: Criterion): readonly string[] {
  switch (criterion.kind) {
    case 'all':
    case 'any':
      return criterion.of.flatMap(projectsIn);
    case 'not':
      return projectsIn(criterion.of);
    case 'kin':
      return criterion.places.map(({ project }) => project);
    default:
      return [];
  }
}

function testOf(condition: Condition, now: number, project: string): Test {
  switch (condition.kind) {
    case 'word':
      return condition;
    case 'name':
      return { ...condition, values: condition.values.map((value) => value?.normalize('NFC') ?? null) };
    case 'among':
      return {
        kind: 'range',
        of: condition.of,
        ranges: condition.items.flatMap((item) => (item === null ? [] : [rangeOf(condition.of, item, now)])),
        none: condition.items.includes(null),
      };
    case 'compare':
      return { kind: 'range', of: condition.of, ranges: comparedTo(condition, now), none: false };
    case 'file':
      return {
        kind: 'file',
        role: condition.field === 'used' ? 'input' : 'output',
        paths: condition.values.filter((value) => value.startsWith('/')),
        digests: condition.values.filter((value) => !value.startsWith('/')).map((value) => value.slice(7)),
      };
    case 'kin':
      return {
        kind: 'kin',
        side: condition.field === 'ancestor-of' ? 'ancestors' : 'descendants',
        places: condition.refs.map((ref) => readReference(ref, 'where', project)),
      };
  }
}

/** A stretch of time ends before `until`; a number is its own beginning and end. */
function spanOfScalar(of: Measure, value: Scalar, now: number): Span {
  if (typeof value === 'number') return { from: value, until: value };
  const span = spanOf(value, now);
  if (span === null || 'number' in of) throw new Error(`${value} was read as a time and is none`);
  return span;
}

/** The greatest value before another: times are whole milliseconds, other numbers are as they are. */
function before(of: Measure, value: number): number {
  return isTime(of) ? value - 1 : -nextAfter(-value);
}

function isTime(of: Measure): boolean {
  return 'field' in of && fields[of.field].kind === 'time';
}

/** The least number that is greater. */
function nextAfter(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(new Float64Array([value]).buffer);
  bits[0] = (bits[0] ?? 0n) + (value > 0 ? 1n : -1n);
  return new Float64Array(bits.buffer)[0] ?? value;
}

function rangeOf(of: Measure, item: Exclude<Item, null>, now: number): Range {
  const first = typeof item === 'object' ? item.from : item;
  const last = typeof item === 'object' ? item.to : item;
  // `created:3d` is all since then.
  if (typeof item === 'string' && isAgo(item))
    return { from: spanOfScalar(of, item, now).from, to: Number.POSITIVE_INFINITY };
  return { from: spanOfScalar(of, first, now).from, to: endOf(of, last, now) };
}

/** The last value that is still meant. */
function endOf(of: Measure, value: Scalar, now: number): number {
  const { from, until } = spanOfScalar(of, value, now);
  return until > from ? before(of, until) : from;
}

function comparedTo(condition: Condition & { readonly kind: 'compare' }, now: number): readonly Range[] {
  const { of, operator, value } = condition;
  const { from } = spanOfScalar(of, value, now);
  const end = endOf(of, value, now);
  const below = (to: number): Range => ({ from: Number.NEGATIVE_INFINITY, to });
  const above = (least: number): Range => ({ from: least, to: Number.POSITIVE_INFINITY });
  const after = isTime(of) ? end + 1 : nextAfter(end);
  switch (operator) {
    case '<':
      return [below(before(of, from))];
    case '<=':
      return [below(end)];
    case '>':
      return [above(after)];
    case '>=':
      return [above(from)];
    case '!=':
      return [below(before(of, from)), above(after)];
  }
}
