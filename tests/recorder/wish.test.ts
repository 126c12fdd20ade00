/** The words after `labkeep run`: where the command begins, and what is refused. */
import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { test } from 'node:test';
import { readAliases } from '../../src/recorder/aliases.ts';
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

test('directories of this machine are given by name, each once, and are there', () => {
  const { aliases } = readWish(['--alias', 'DATA=/tmp', '--alias=A.b=/', 'prog']);
  assert.deepEqual(readAliases(aliases), { DATA: realpathSync('/tmp'), 'A.b': '/' });
  for (const [values, message] of [
    [['/tmp'], /^--alias is "\/tmp", expected NAME=FOLDER; NAME: /],
    [['=/tmp'], /expected NAME=FOLDER/],
    [['DATA='], /expected NAME=FOLDER/],
    [['a b=/tmp'], /expected NAME=FOLDER/],
    [['DATA=/tmp', 'DATA=/'], /^--alias names DATA twice$/],
    [['DATA=/no/such'], /^--alias DATA: there is no folder \/no\/such on this machine$/],
    [['DATA=/dev/null'], /there is no folder/],
  ] as const)
    assert.throws(
      () => readAliases(values),
      (error) => error instanceof UsageError && message.test(error.message),
      values.join(' '),
    );
});
