import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Fault } from '../../src/core/faults.ts';
import { fieldNames } from '../../src/core/select/fields.ts';
import { parseSelection } from '../../src/core/select/parse.ts';

const page = readFileSync(new URL('../../docs/selection.md', import.meta.url), 'utf8');

/** The rows of the tables below a heading, without heads. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const [, part = ''] = page.split(`## ${heading}\n`);
  const [section = ''] = part.split('\n## ');
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const codeOf = (cell = ''): string => cell.replaceAll(/^`|`$/g, '');

test('every selection of the page is read', () => {
  const selections = rowsUnder('In short').map(([cell]) => codeOf(cell));
  assert.ok(selections.length > 15);
  for (const selection of selections) parseSelection(selection);
});

test('every wrong selection of the page is refused with the place and the nearest word that the page tells', () => {
  const wrong = rowsUnder('What is not understood');
  assert.ok(wrong.length > 5);
  for (const [selection, place, nearest] of wrong)
    assert.throws(
      () => parseSelection(codeOf(selection)),
      (error) => {
        assert.ok(error instanceof Fault && error.code === 'selection_invalid');
        const { position, nearest: told = '' } = error.said.facts ?? {};
        assert.deepEqual([String(position), told], [place, nearest], selection);
        return true;
      },
    );
});

test('the page names every field, and no other', () => {
  const named = rowsUnder('Fields')
    .slice(0, -1)
    .flatMap(([cell = '']) => cell.split(', ').map(codeOf));
  assert.deepEqual(named.sort(), [...fieldNames].sort());
});
