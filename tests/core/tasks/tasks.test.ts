/** Templates of tasks, and parameters as they are written on a command line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../../src/core/faults.ts';
import { canonicalJson } from '../../../src/core/tasks/canonical.ts';
import { checkTask } from '../../../src/core/tasks/definition.ts';
import { fill } from '../../../src/core/tasks/fill.ts';
import { prepareTask } from '../../../src/core/tasks/prepare.ts';
import { readParameters } from '../../../src/core/tasks/read-parameters.ts';

const cases: readonly (readonly [string, object, readonly string[]])[] = [
  ['{a}', { a: 'x y' }, ['x y']],
  ['--a={a}', { a: 3 }, ['--a=3']],
  ['{a}/{b}', { a: 'x', b: true }, ['x/true']],
  ['{a...}', { a: ['x', 2] }, ['x', '2']],
  ['-i={a...}', { a: ['x', 'y'] }, ['-i=x', '-i=y']],
  ['{a...}', { a: [] }, []],
  ['{a...}:{b}', { a: ['x', 'y'], b: 'm' }, ['x:m', 'y:m']],
  ['{a}', {}, []],
  ['--a={a}', { a: null }, []],
  ['{a}', { a: ['x'] }, ['["x"]']],
  ['{{a}', { a: 'x' }, ['{a}']],
  ['{1}{ }{}', {}, ['{1}{ }{}']],
  ['{a}', { a: '{b}', b: 'no' }, ['{b}']],
  ['{a}', { a: '$&' }, ['$&']],
];
for (const [word, parameters, words] of cases)
  test(`${word} with ${JSON.stringify(parameters)} becomes ${JSON.stringify(words)}`, () => {
    assert.deepEqual(fill([word], { ...parameters }), words);
  });

test('canonical JSON is the same in every order of the fields, and other for another value', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, it]) => [name, shuffled(it)]),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(canonicalJson(shuffled(value)), canonicalJson(value));
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
  assert.notEqual(canonicalJson({ a: 1 }), canonicalJson({ a: '1' }));
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});

test('parameters are read by their types', () => {
  const properties = {
    n: { type: 'number' },
    on: { type: 'boolean' },
    list: { type: 'array', items: { type: 'integer' } },
    any: {},
    map: { type: 'object' },
  };
  const read = (...given: string[]) => readParameters({ properties }, given);
  assert.deepEqual(read('n=-1.5e3', 'on=false', 'any=3', 'other=x=y'), {
    n: -1500,
    on: false,
    any: '3',
    other: 'x=y',
  });
  assert.deepEqual(read('list=1', 'list=2'), { list: [1, 2] });
  assert.deepEqual(read('list=[1,"a"]', 'map={"a":1}'), { list: [1, 'a'], map: { a: 1 } });
  assert.deepEqual(read('n=', 'on=yes', 'map={', 'list=x'), { n: '', on: 'yes', map: '{', list: ['x'] });
  assert.throws(() => read('=3'), { code: 'usage' });
});

test('the request has the last word on limits and retries; the locks are those of both', () => {
  const task = checkTask({
    name: 'x',
    parameters: { properties: { db: { type: 'string' } } },
    locks: ['{db}:shared'],
    limits: { attemptMs: 5, totalMs: 7 },
    retry: { max: 2, delayMs: 9 },
    onLost: 'retry',
  });
  const prepared = prepareTask(
    task,
    { task: 'x', limits: { attemptMs: 6 }, retry: { max: 0 }, locks: [{ path: 'embl', mode: 'exclusive' }] },
    { db: 'embl' },
    '',
  );
  assert.deepEqual(prepared.limits, { attemptMs: 6, totalMs: 7 });
  assert.deepEqual(prepared.retry, { max: 0, delayMs: 9 });
  assert.equal(prepared.onLost, 'retry');
  assert.deepEqual(prepared.locks, [{ path: 'embl', mode: 'exclusive' }]);
});

test('a lock that a parameter makes no path of is refused', () => {
  const task = checkTask({ name: 'x', parameters: { properties: { db: {} } }, locks: ['{db}:shared'] });
  const prepare = (db: string) => prepareTask(task, { task: 'x' }, { db }, '');
  for (const db of ['../x', '', 'a//b', 'A B'])
    assert.throws(
      () => prepare(db),
      (error) => error instanceof Fault && error.code === 'invalid_field',
      db,
    );
});
