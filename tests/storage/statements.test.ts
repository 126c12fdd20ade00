import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loadStatements } from '../../src/storage/shared/statements.ts';

function load(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-statements-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return Object.fromEntries(loadStatements(pathToFileURL(`${folder}/`)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a fragment stands in the statements of every file, wherever it is defined', () => {
  const found = load({
    'a.sql': '-- On jobs.\n\n-- name: find\n-- 1 job\nselect {row}, 1\nfrom jobs;\n',
    'b.sql': '-- fragment: row\n-- What is shown.\nid,\n  state;\n',
  });
  assert.deepEqual(found, { find: '-- 1 job\nselect id,\n  state, 1\nfrom jobs' });
});

test('a name with alternatives stands for a statement each', () => {
  const found = load({
    'a.sql': '-- name: list-{oldest|newest}\nselect a || b from t where id {>|<} 1 order by id {asc|desc};\n',
  });
  assert.deepEqual(found, {
    'list-oldest': 'select a || b from t where id > 1 order by id asc',
    'list-newest': 'select a || b from t where id < 1 order by id desc',
  });
});

for (const [fault, text, message] of [
  ['a fragment that is nowhere', '-- name: a\nselect {row};\n', /a uses \{row\}/],
  [
    'alternatives that differ in number',
    '-- name: a-{b|c}\nselect {1|2|3};\n',
    /a-\{b\|c\} differ in number/,
  ],
  ['alternatives without names', '-- name: a\nselect {1|2};\n', /a has alternatives, its name has none/],
  [
    'a name that stands twice',
    '-- name: a-{b|c}\nselect 1;\n\n-- name: a-b\nselect 1;\n',
    /a-b stands twice/,
  ],
  ['text without a name', 'select 1;\n', /text before the first name/],
] as const)
  test(`${fault} is refused`, () => {
    assert.throws(() => load({ 'a.sql': text }), message);
  });
