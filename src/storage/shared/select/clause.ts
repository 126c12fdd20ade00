/**
 * The conditions of a selection as SQL. Each is a named text of statements/select.sql, the same in both databases by
 * name; here they are joined, and their parameters numbered on. Values are always bound.
 */
import type { Clause, Value } from '../script.ts';
import type { Resolved, ResolvedTest } from './resolve.ts';

/** Joins one condition per part; none of them is ever unknown, so that `not` is exact. */
export function clauseOf(criterion: Resolved): Clause {
  switch (criterion.kind) {
    case 'all':
    case 'any':
      return { kind: criterion.kind, of: criterion.of.map(clauseOf) };
    case 'not':
      return { kind: 'not', of: clauseOf(criterion.of) };
    default:
      return testOf(criterion);
  }
}

function condition(name: string, ...values: readonly Value[]): Clause {
  return { kind: 'condition', name: `where-${name}`, values };
}

/** No word is beyond these, whatever letters it begins with. */
export function beyond(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

function testOf(test: ResolvedTest): Clause {
  switch (test.kind) {
    case 'word':
      return test.prefix ? condition('prefix', test.word, beyond(test.word)) : condition('word', test.word);
    case 'name': {
      const names = test.values.filter((value) => value !== null);
      if (test.field !== 'tag')
        return condition(
          test.field,
          test.values.map((value) => value ?? ''),
        );
      return any([
        ...(names.length === 0 ? [] : [condition('tag', names)]),
        ...(names.length === test.values.length ? [] : [condition('untagged')]),
      ]);
    }
    case 'range': {
      const { of } = test;
      return any([
        ...test.ranges.map(({ from, to }) =>
          'number' in of ? condition('number', of.number, from, to) : condition(of.field, from, to),
        ),
        ...(!test.none
          ? []
          : ['number' in of ? condition('no-number', of.number) : condition(`no-${of.field}`)]),
      ]);
    }
    case 'jobs':
      return condition('among', test.ids);
    case 'places':
    case 'contents':
      return condition(test.kind, test.role, test.names);
  }
}

function any(of: readonly Clause[]): Clause {
  const [only] = of;
  return of.length === 1 && only !== undefined ? only : { kind: 'any', of };
}

interface Composed {
  readonly text: string;
  readonly values: readonly Value[];
}

/** The text of a statement that ends in `and`, with a clause behind it. */
export function compose(
  textOf: (name: string) => string,
  name: string,
  own: readonly Value[],
  clause: Clause,
): Composed {
  const values: Value[] = [...own];
  const write = (part: Clause): string => {
    if (part.kind === 'not') return `not ${write(part.of)}`;
    if (part.kind === 'condition') {
      const before = values.length;
      values.push(...part.values);
      const numbered = (_: string, sign: string, at: string): string => `${sign}${before + Number(at)}`;
      return `(${textOf(part.name).replaceAll(/([$?])(\d+)/g, numbered)})`;
    }
    if (part.of.length === 0) return part.kind === 'all' ? '(true)' : '(false)';
    return `(${part.of.map(write).join(part.kind === 'all' ? ' and ' : ' or ')})`;
  };
  return { text: `${textOf(name)} ${write(clause)}`, values };
}
