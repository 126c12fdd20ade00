/** Versions that programs tell, and numbers in their logs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../../src/core/faults.ts';
import { beyondDefaults, methodsText, type Step } from '../../../src/core/files/methods.ts';
import {
  asksOf,
  type NumberPatterns,
  NumberPicker,
  questionFor,
  versionIn,
  versionOf,
} from '../../../src/core/tasks/asks.ts';
import { checkTask } from '../../../src/core/tasks/definition.ts';
import { prepareTask } from '../../../src/core/tasks/prepare.ts';

function pick(patterns: NumberPatterns, log: string): Readonly<Record<string, number>> {
  const picker = new NumberPicker(patterns);
  for (const line of log.split('\n')) picker.take(line);
  return picker.numbers;
}

test('of a number the last one in the log counts, in its first group or where there is none in all', () => {
  const log = 'R free = 0.41\nR free = 0.29\n R work 0.2\ncycles 12 of 20\n';
  const patterns = {
    Rfree: 'R free = ([0-9.]+)',
    cycles: 'cycles (\\d+) of',
    first: '^\\d+',
    none: 'x=(.*)',
  };
  assert.deepEqual(pick(patterns, log), { Rfree: 0.29, cycles: 12 });
  assert.deepEqual(pick({ n: '\\d+' }, 'a 7 b 8'), { n: 7 });
});

const written: readonly (readonly [string, number | null])[] = [
  ['0.21', 0.21],
  ['-3', -3],
  ['+.5', 0.5],
  ['7.', 7],
  [' 12 ', 12],
  ['1.2e-3', 0.0012],
  ['1.2D-03', 0.0012],
  ['0x10', null],
  ['NaN', null],
  ['1e999', null],
  ['0.21,', null],
  ['', null],
  ['****', null],
];
for (const [text, value] of written)
  test(`${JSON.stringify(text)} in a log is ${value === null ? 'no number' : value}`, () => {
    assert.deepEqual(pick({ n: 'n=(.*)' }, `n=${text}`), value === null ? {} : { n: value });
    const before = value === null ? { n: 5 } : { n: value };
    assert.deepEqual(pick({ n: 'n=(.*)' }, `n=5\nn=${text}`), before);
  });

test('a line is looked at in its first part', () => {
  assert.deepEqual(pick({ n: 'n=(\\d+)' }, `${' '.repeat(1_900)}n=1\n${' '.repeat(2_000)}n=2`), { n: 1 });
});

test('a version is the first line of an answer, or what a pattern finds in it', () => {
  assert.equal(versionIn('\n  sort (GNU coreutils) 9.1 \nmore\n', null), 'sort (GNU coreutils) 9.1');
  assert.equal(versionIn('Program: refmac5\r\nversion 5.8.04 of 2026\n', 'version (\\S+)'), '5.8.04');
  assert.equal(versionIn('5.8.04\n', '\\d+\\.\\d+'), '5.8');
  assert.equal(versionIn('nothing\n', 'version (\\S+)'), null);
  assert.equal(versionIn(' \n', null), null);
  assert.equal(versionIn('v'.repeat(300), null)?.length, 200);
});

test('a question goes to the very program that was run, where it has its name', () => {
  const question = { command: ['refmac5', '-i'], pattern: null };
  assert.deepEqual(questionFor(question, ['/opt/old/refmac5', 'in']), ['/opt/old/refmac5', '-i']);
  assert.deepEqual(questionFor(question, ['sh', '-c', 'refmac5']), ['refmac5', '-i']);
  assert.equal(versionOf(question, ['./refmac5'], '5.8'), '5.8');
  assert.equal(versionOf(question, ['sh'], '5.8'), 'refmac5 5.8');
  assert.equal(versionOf(question, ['sh'], 'Refmac5 5.8'), 'Refmac5 5.8');
});

test('a paragraph names the program that was asked, and no name twice', () => {
  const step: Step = {
    ...{ ref: 'toxd/1', title: null, task: 'refine', command: ['sh'], parameters: null, state: 'succeeded' },
    ...{ executable: '/usr/bin/dash', version: 'refmac5 5.8', asked: 'refmac5', databases: [] },
  };
  assert.equal(methodsText('toxd/1', [step]), 'toxd/1 was obtained in one step with refmac5 5.8 (toxd/1).');
  const sorted = { ...step, executable: '/usr/bin/sort', asked: null, version: 'sort (GNU coreutils) 9.1' };
  assert.match(methodsText('toxd/1', [sorted]), /with sort \(GNU coreutils\) 9\.1 \(toxd\/1\)/);
  assert.match(methodsText('toxd/1', [{ ...sorted, version: '9.1' }]), /with sort 9\.1 \(toxd\/1\)/);
});

test('parameters that are as a task has them are passed over; others, and unknown ones, are not', () => {
  const properties = { cycles: { default: 10 }, cell: { default: { a: 1, b: 2 } }, data: {} };
  const step: Step = {
    ...{ ref: 'toxd/1', title: null, task: 'refine', command: null, state: 'succeeded', databases: [] },
    ...{ executable: null, version: null, asked: null },
    parameters: { cycles: 10, cell: { b: 2, a: 1 }, data: 'x', more: null },
  };
  assert.deepEqual(beyondDefaults(step, { properties }).parameters, { data: 'x', more: null });
  const changed = { ...step, parameters: { cycles: 20, cell: { a: 1 } } };
  assert.deepEqual(beyondDefaults(changed, { properties }), changed);
  assert.deepEqual(beyondDefaults({ ...step, parameters: [1] }, { properties }).parameters, [1]);
});

test('what a task asks goes into its runs; a task that asks nothing leaves no trace there', () => {
  const version = { command: ['refmac5', '-i'] };
  const task = checkTask({ name: 'refine', command: ['refmac5'], version, numbers: { Rfree: 'R (.*)' } });
  const asks = { version: { ...version, pattern: null }, numbers: { Rfree: 'R (.*)' } };
  assert.deepEqual(asksOf(task), asks);
  assert.deepEqual(prepareTask(task, { task: 'refine' }, {}, '').asks, asks);
  const silent = checkTask({ name: 'silent', command: ['true'] });
  assert.deepEqual([silent.version, silent.numbers], [null, {}]);
  assert.equal('asks' in prepareTask(silent, { task: 'silent' }, {}, ''), false);
});

const wrong: readonly (readonly [Parameters<typeof checkTask>[0], string, RegExp])[] = [
  [{ name: 'a', version: { command: [] } }, 'task.version.command', /such as \["refmac5", "-i"\]/],
  [{ name: 'a', version: { command: ['x'], pattern: '(' } }, 'task.version.pattern', /Unterminated group/],
  [{ name: 'a', numbers: { '1st': 'x' } }, 'task.numbers', /names of a letter/],
  [{ name: 'a', numbers: { Rfree: '[' } }, 'task.numbers.Rfree', /such as R free = /],
  [{ name: 'a', numbers: { Rfree: '' } }, 'task.numbers.Rfree', /regular expression/],
  [{ name: 'a', numbers: { Rfree: 'x'.repeat(501) } }, 'task.numbers.Rfree', /at most 500 characters/],
  [
    { name: 'a', numbers: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`n${n}`, 'x'])) },
    'task.numbers',
    /at most 50 numbers/,
  ],
];
for (const [task, field, expected] of wrong)
  test(`${field} is refused: ${expected.source}`, () => {
    assert.throws(
      () => checkTask(task, 'task.'),
      (fault) =>
        fault instanceof Fault &&
        fault.code === 'invalid_field' &&
        fault.said.field === field &&
        expected.test(String(fault.said.expected)),
    );
  });
