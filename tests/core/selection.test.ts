import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/core/faults.ts';
import { type Criterion, criterionOf } from '../../src/core/select/criterion.ts';
import { type JobFacts, matches } from '../../src/core/select/matches.ts';
import { parseSelection, selectionLengthMax } from '../../src/core/select/parse.ts';
import { printSelection } from '../../src/core/select/print.ts';
import { parseSort } from '../../src/core/select/sort.ts';
import { wordsOf } from '../../src/core/select/words.ts';
import { anything, treesOf } from '../support/selections.ts';

const noon = Date.UTC(2026, 10, 21, 12);

test('a printed selection reads as the same tree', () => {
  fc.assert(
    fc.property(treesOf(anything), (tree) => {
      const text = printSelection(tree);
      fc.pre(text.length <= selectionLengthMax);
      assert.deepEqual(parseSelection(text), tree);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever text is read as a selection, it is read or refused with its place', () => {
  const pieces = fc.oneof(
    fc.constantFrom('and', 'or', 'not', '(', ')', ',', ':', '<', '>=', '!=', '"', '..', 'none', ' ', '\\'),
    fc.constantFrom('state', 'failed', 'tag', 'Rfree', '0.25', 'created', '3d', 'used', '/a', '*', '-', '!'),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
      const text = parts.join('');
      try {
        const tree = parseSelection(text);
        assert.deepEqual(parseSelection(printSelection(tree)), tree);
      } catch (error) {
        assert.ok(error instanceof Fault, String(error));
        assert.equal(error.code, 'selection_invalid');
        const position = Number(error.said.facts?.position);
        assert.ok(
          position >= 1 && position <= [...text].length + 1,
          `${position} in ${JSON.stringify(text)}`,
        );
      }
    }),
    { numRuns: 3_000 },
  );
});

const name = fc.constantFrom('refine', 'scale', 'ada', 'best', 'good', 'a', 'b');
const time = fc.constantFrom(noon, noon - 3_600_000, noon - 86_400_000, noon - 5 * 86_400_000);
const facts: fc.Arbitrary<JobFacts> = fc.record({
  job: fc.record({
    state: fc.constantFrom('draft', 'waiting', 'running', 'failed', 'succeeded'),
    reason: fc.constantFrom(null, 'held', 'exit_code'),
    task: fc.option(name),
    owner: name,
    queue: name,
    parent: fc.constantFrom(null, '1', '12.1'),
    priority: fc.integer({ min: -3, max: 3 }),
    exitCode: fc.constantFrom(null, 0, 1),
    attempts: fc.integer({ min: 0, max: 3 }),
    createdAt: time,
    submittedAt: fc.option(time),
    startedAt: fc.option(time),
    finishedAt: fc.option(time),
    origin: fc.constantFrom('queued', 'recorded'),
    rating: fc.constantFrom(null, 'best', 'good'),
    tags: fc.uniqueArray(name),
    numbers: fc.dictionary(name, fc.integer({ min: -2, max: 2 })),
  }) as fc.Arbitrary<JobFacts['job']>,
  words: fc.uniqueArray(name),
  files: fc.array(
    fc.record({
      role: fc.constantFrom('input', 'output'),
      isAt: fc.constantFrom('/a', '/b').map((at) => (path: string) => path === at),
    }),
    { maxLength: 3 },
  ),
  isKin: fc.func(fc.boolean()),
});
const trees = treesOf({
  ...anything,
  words: name,
  names: name,
  numbers: name,
  values: fc.integer({ min: -2, max: 2 }),
  files: fc.constantFrom('/a', '/b', '/c'),
});
const selections = trees.map((tree) => criterionOf(tree, noon, 'toxd'));

test('selections obey the laws of and, or, not', () => {
  const both = (kind: 'all' | 'any', ...of: readonly Criterion[]): Criterion => ({ kind, of });
  const not = (of: Criterion): Criterion => ({ kind: 'not', of });
  fc.assert(
    fc.property(selections, selections, selections, facts, (a, b, c, job) => {
      const same = (left: Criterion, right: Criterion): void =>
        assert.equal(matches(left, job), matches(right, job));
      same(both('all', a, b), both('all', b, a));
      same(both('any', a, b), both('any', b, a));
      same(not(not(a)), a);
      same(not(both('all', a, b)), both('any', not(a), not(b)));
      same(both('all', a, both('any', b, c)), both('any', both('all', a, b), both('all', a, c)));
      same(both('all', a, both('any', a, b)), a);
      assert.equal(matches(both('any', a, not(a)), job), true);
      assert.equal(matches(both('all', a, not(a)), job), false);
    }),
    { numRuns: 2_000 },
  );
});

const job: JobFacts = {
  job: {
    state: 'failed',
    reason: null,
    task: 'refine',
    owner: 'ada',
    queue: 'default',
    parent: null,
    priority: 5,
    exitCode: 1,
    attempts: 2,
    createdAt: noon - 30 * 3_600_000,
    submittedAt: noon - 30 * 3_600_000,
    startedAt: noon - 3_600_000,
    finishedAt: null,
    origin: 'queued',
    rating: 'good',
    tags: ['native', 'paper 2'],
    numbers: { Rfree: 0.25 },
  },
  words: ['refinement', 'at', '1', '8', 'å'],
  files: [{ role: 'input', isAt: (path) => path === '/data/in.mtz', sha256: 'a'.repeat(64) }],
  isKin: (side, place) => side === 'descendants' && place.project === 'toxd' && place.number === '3',
};

const verdicts: readonly (readonly [text: string, isSelected: boolean])[] = [
  ['', true],
  ['state:failed', true],
  ['state:succeeded,failed', true],
  ['state!=failed', false],
  ['reason:none', true],
  ['task:refine owner:ada', true],
  ['task:refine owner:bob', false],
  ['task:refine or owner:bob', true],
  ['owner:bob or task:scale state:failed', false],
  ['owner:bob or (task:refine state:failed)', true],
  ['not owner:bob', true],
  ['NOT owner:bob AND tag:native', true],
  ['tag:"paper 2"', true],
  ['tag:none', false],
  ['rating:best,good', true],
  ['parent:none', true],
  ['priority:5', true],
  ['priority:1..4,6', false],
  ['priority:1..5', true],
  ['exit!=0', true],
  ['exit:none', false],
  ['attempts>1', true],
  ['Rfree<0.25', false],
  ['Rfree <= 0.25', true],
  ['Rfree:0.2..0.25', true],
  ['Rwork:none', true],
  ['Rwork!=0.2', false],
  ['not Rwork:0.2', true],
  ['"Rfree">0.2', true],
  ['created:yesterday', true],
  ['created:today', false],
  ['created<today', true],
  ['created<=yesterday', true],
  ['created>yesterday', false],
  ['created>=yesterday', true],
  ['created!=yesterday', false],
  ['created:2026-11-20', true],
  ['created:2026-11', true],
  ['created:2026-11-19..2026-11-20', true],
  ['created:2026-11-18..2026-11-19', false],
  ['created>29h', false],
  ['created>31h', true],
  ['created:2d', true],
  ['started>=2026-11-21T11:00Z', true],
  ['started>2026-11-21T11:00Z', false],
  ['started:2026-11-21T12:00+01:00', true],
  ['finished:none', true],
  ['finished>3d', false],
  ['refin*', true],
  ['refin', false],
  ['REFINEMENT Å', true],
  ['"at 1.8"', true],
  ['"at 1.9"', false],
  ['used:/data/in.mtz', true],
  ['made:/data/in.mtz', false],
  [`used:sha256:${'A'.repeat(64)}`, true],
  ['descendant-of:3', true],
  ['descendant-of:elsewhere/3', false],
  ['ancestor-of:3', false],
  ['origin:queued', true],
];

for (const [text, isSelected] of verdicts)
  test(`${text === '' ? 'nothing' : text} ${isSelected ? 'selects' : 'does not select'} the job`, () => {
    assert.equal(matches(criterionOf(parseSelection(text), noon, 'toxd'), job), isSelected);
  });

test('a selection that is too long, too deep or too wide is refused', () => {
  const refuses = (text: string): void =>
    assert.throws(
      () => parseSelection(text),
      (error) => error instanceof Fault && error.code === 'selection_invalid',
    );
  refuses('a '.repeat(selectionLengthMax));
  refuses(`${'('.repeat(60)}a${')'.repeat(60)}`);
  refuses(`${'not '.repeat(60)}a`);
  refuses('a '.repeat(201));
  refuses(`priority:${Array.from({ length: 101 }, (_, index) => index).join(',')}`);
});

test('words are found whatever their case and form, and are words themselves', () => {
  assert.deepEqual(wordsOf('Refined at 1.8 Å; ΟΔΟΣ, ﬁnal_run'), [
    'refined',
    'at',
    '1',
    '8',
    'å',
    'οδοσ',
    'final',
    'run',
  ]);
  assert.deepEqual(wordsOf('x'.repeat(70)), ['x'.repeat(64)]);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      for (const word of wordsOf(text)) assert.deepEqual(wordsOf(word), [word]);
    }),
    { numRuns: 2_000 },
  );
});

test('a relative path stands below the folder that is given, and is refused without one', () => {
  const tree = parseSelection('used:a/../in.mtz,/data/./x made:"out 1.mtz"', '/home/ada');
  assert.equal(printSelection(tree), 'used:/home/ada/in.mtz,/data/x made:"/home/ada/out 1.mtz"');
  assert.throws(() => parseSelection('used:in.mtz'), Fault);
});

test('an order is by creation or by a number', () => {
  assert.deepEqual(parseSort('newest'), { by: 'created', descending: true });
  assert.deepEqual(parseSort('oldest'), { by: 'created', descending: false });
  assert.deepEqual(parseSort('created:desc'), { by: 'created', descending: true });
  assert.deepEqual(parseSort('Rfree'), { by: { number: 'Rfree' }, descending: false });
  assert.deepEqual(parseSort('R-free:desc'), { by: { number: 'R-free' }, descending: true });
  for (const text of ['', ':desc', 'Rfree:up', 'a:b:desc', 'R free'])
    assert.throws(() => parseSort(text), Fault);
});
