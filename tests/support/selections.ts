/** Random selections, as trees. */
import fc from 'fast-check';
import { absolutePath } from '../../src/core/files/paths.ts';
import { fields } from '../../src/core/select/fields.ts';
import {
  allOf,
  anyOf,
  type Condition,
  comparisons,
  type Item,
  type Tree,
} from '../../src/core/select/tree.ts';
import { wordsOf } from '../../src/core/select/words.ts';

/** What conditions are made of: a case that wants hits names what its jobs have. */
export interface Vocabulary {
  readonly words: fc.Arbitrary<string>;
  readonly names: fc.Arbitrary<string>;
  readonly numbers: fc.Arbitrary<string>;
  readonly values: fc.Arbitrary<number>;
  readonly times: fc.Arbitrary<string>;
  readonly files: fc.Arbitrary<string>;
  readonly refs: fc.Arbitrary<string>;
  readonly parents: fc.Arbitrary<string>;
  /** Kinds of conditions to leave out. */
  readonly without?: readonly Condition['kind'][];
}

const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });

/** Whatever the grammar allows. */
export const anything: Vocabulary = {
  words: anyText,
  names: anyText.filter((text) => text.isWellFormed() && !text.includes('\0')),
  numbers: fc.oneof(
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,9}$/),
    fc.constantFrom('exit', 'tag', 'not'),
  ),
  values: fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0),
  times: fc.oneof(
    fc.constantFrom('today', 'yesterday', '3d', '12h', '90min', '2w', '2026', '2026-11', '2026-11-21'),
    fc
      .date({ min: new Date('1971-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  ),
  files: fc.oneof(
    fc
      .string({ unit: 'grapheme', maxLength: 10 })
      .filter((text) => text.isWellFormed() && !text.includes('\0'))
      .map((text) => absolutePath(`/${text}`, null) ?? '/'),
    fc.stringMatching(/^[0-9a-f]{64}$/).map((digest) => `sha256:${digest}`),
  ),
  refs: fc.constantFrom('1', '12.1', 'toxd/12', 'some project/3.4.5'),
  parents: fc.constantFrom('1', '12.1', '100'),
};

/** A tree as the parser would make it. */
export function treesOf(vocabulary: Vocabulary): fc.Arbitrary<Tree> {
  const condition = conditionsOf(vocabulary);
  return fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      condition,
      fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map(allOf),
      fc
        .tuple(tie('tree'), fc.array(tie('tree'), { minLength: 1, maxLength: 3 }))
        .map(([first, others]) => anyOf([first, ...others])),
      tie('tree').map((of): Tree => ({ kind: 'not', of })),
    ),
  })).tree;
}

const whole = <T extends object>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;

function conditionsOf(vocabulary: Vocabulary): fc.Arbitrary<Condition> {
  const { words, names, numbers, values, times, files, refs, parents, without = [] } = vocabulary;
  const some = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 3 });
  const items = (one: fc.Arbitrary<number | string>, lacks: boolean): fc.Arbitrary<Item[]> =>
    some(
      fc.oneof(
        one,
        whole({ from: one, to: one }),
        ...(lacks ? [fc.constant(null)] : []),
      ) as fc.Arbitrary<Item>,
    );
  const operator = fc.constantFrom(...comparisons);
  const numberField = fc.constantFrom('priority', 'exit', 'attempts');
  const timeField = fc.constantFrom('created', 'submitted', 'started', 'finished');
  const known = fc.constantFrom('state', 'reason', 'origin', 'rating');
  const open = fc.constantFrom('task', 'owner', 'queue', 'tag');
  const word = words.map((text) => wordsOf(text)[0]).filter((text) => text !== undefined);
  const all: readonly (readonly [Condition['kind'], fc.Arbitrary<Condition>])[] = [
    ['word', whole({ kind: fc.constant('word'), word, prefix: fc.boolean() })],
    [
      'name',
      known.chain((field) => {
        const about = fields[field];
        const value = fc.constantFrom<string | null>(...about.values, ...(about.none ? [null] : []));
        return whole({ kind: fc.constant('name'), field: fc.constant(field), values: some(value) });
      }),
    ],
    [
      'name',
      open.chain((field) => {
        const value = fields[field].none ? fc.option(names, { freq: 5 }) : names;
        return whole({ kind: fc.constant('name'), field: fc.constant(field), values: some(value) });
      }),
    ],
    [
      'name',
      whole({
        kind: fc.constant('name'),
        field: fc.constant('parent'),
        values: some(fc.option(parents, { freq: 3 })),
      }),
    ],
    [
      'among',
      numberField.chain((field) =>
        whole({
          kind: fc.constant('among'),
          of: fc.constant({ field }),
          items: items(values, fields[field].none),
        }),
      ),
    ],
    [
      'among',
      timeField.chain((field) =>
        whole({
          kind: fc.constant('among'),
          of: fc.constant({ field }),
          items: items(times, fields[field].none),
        }),
      ),
    ],
    [
      'among',
      whole({
        kind: fc.constant('among'),
        of: whole({ number: numbers }),
        items: items(values, true),
      }),
    ],
    [
      'compare',
      whole({
        kind: fc.constant('compare'),
        of: whole({ field: numberField }),
        operator,
        value: values,
      }),
    ],
    [
      'compare',
      whole({
        kind: fc.constant('compare'),
        of: whole({ field: timeField }),
        operator,
        value: times,
      }),
    ],
    [
      'compare',
      whole({
        kind: fc.constant('compare'),
        of: whole({ number: numbers }),
        operator,
        value: values,
      }),
    ],
    [
      'file',
      whole({ kind: fc.constant('file'), field: fc.constantFrom('used', 'made'), values: some(files) }),
    ],
    [
      'kin',
      whole({
        kind: fc.constant('kin'),
        field: fc.constantFrom('ancestor-of', 'descendant-of'),
        refs: some(refs),
      }),
    ],
  ];
  return fc.oneof(...all.filter(([kind]) => !without.includes(kind)).map(([, arbitrary]) => arbitrary));
}
