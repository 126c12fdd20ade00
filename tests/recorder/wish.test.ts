/** The words after `labkeep run`: where the command begins, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWish, UsageError } from '../../src/recorder/wish.ts';

test('the command begins at --, or at the first word that is no option', () => {
  assert.deepEqual(readWish(['--', 'sort', '-o', 'out', '--', 'in']).command, [
    'sort',
    '-o',
    'out',
    '--',
    'in',
  ]);
  assert.deepEqual(readWish(['-q', 'sort', '-p', 'x']).command, ['sort', '-p', 'x']);
  assert.deepEqual(readWish(['--', '--strange']).command, ['--strange']);
});

test('options are read up to the command, joined or apart', () => {
  const wish = readWish([
    '-p',
    'toxd',
    '--title=A b',
    '--in',
    'x',
    '--in=y',
    '--out',
    'z',
    '--no-stdin',
    'prog',
  ]);
  assert.deepEqual(
    [wish.project, wish.title, wish.inputs, wish.outputs, wish.keepStdin],
    ['toxd', 'A b', ['x', 'y'], ['z'], false],
  );
  assert.equal(readWish(['--hash-max', '0', 'prog']).hashBytesMax, 0);
});

for (const [words, message] of [
  [[], 'No command is given'],
  [['--'], 'No command is given'],
  [['--', ''], 'No command is given'],
  [['-q'], 'No command is given'],
  [['--titel', 'x', 'prog'], 'labkeep run does not know the option --titel'],
  [['--quiet=1', 'prog'], 'labkeep run does not know the option --quiet'],
  [['-p'], '-p needs a value'],
  [['-p', 'a', '--project', 'b', 'prog'], '--project is given twice'],
  [['--hash-max', '1e3', 'prog'], '--hash-max is "1e3", expected a number of megabytes'],
] as const)
  test(`refused: ${JSON.stringify(words)}`, () => {
    assert.throws(
      () => readWish(words),
      (error) => error instanceof UsageError && error.message === message,
    );
  });
