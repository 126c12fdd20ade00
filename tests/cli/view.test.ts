/** How things look: times, sizes, tables, and text that would steer a terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barText } from '../../src/cli/progress.ts';
import { printTable } from '../../src/cli/table.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { bytesText, cut, plain, widthOf } from '../../src/cli/text.ts';
import { ago, readSpan } from '../../src/cli/times.ts';
import { commandText } from '../../src/core/jobs/command-text.ts';
import { span } from '../../src/recorder/span.ts';

class Written {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(isTTY: boolean, columns = 40) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string | Uint8Array): boolean {
    this.text += String(text);
    return true;
  }
}

interface Row {
  readonly name: string;
  readonly title: string;
  readonly end: string;
}

const rows: readonly Row[] = [
  { name: 'toxd/1', title: 'Refinement with all data to the edge', end: '41 s' },
  { name: 'toxd/12', title: '蛋白質の構造', end: '2 min' },
];

function table(out: Written, env: Record<string, string> = {}): string {
  printTable(
    new Terminal(out, out, env),
    [
      { title: 'JOB', cell: (row: Row) => row.name, paint: () => ['bold'] },
      { title: 'TITLE', cell: (row: Row) => row.title, flexible: true },
      { title: 'TOOK', cell: (row: Row) => row.end },
    ],
    rows,
  );
  return out.text;
}

test('a table is as wide as it has to be where nobody looks', () => {
  assert.equal(
    table(new Written(false)),
    `JOB      TITLE                                 TOOK
toxd/1   Refinement with all data to the edge  41 s
toxd/12  蛋白質の構造                          2 min
`,
  );
});

test('on a terminal no line of a table is longer than that is wide', () => {
  const text = table(new Written(true, 40), { NO_COLOR: '1' });
  assert.equal(
    text,
    `JOB      TITLE                     TOOK
toxd/1   Refinement with all dat…  41 s
toxd/12  蛋白質の構造              2 min
`,
  );
  for (const line of text.trimEnd().split('\n')) assert.ok(widthOf(line) <= 40, line);
});

test('where one column cannot give way enough, the widest of the others do, and the first last', () => {
  const out = new Written(true, 30);
  printTable(
    new Terminal(out, out, { NO_COLOR: '1' }),
    [
      { title: 'PROJECT', cell: ({ name }: Row) => name },
      { title: 'TITLE', cell: ({ title }) => title, flexible: true },
      { title: 'FOLDER', cell: ({ end }) => `~/projects/${end}` },
    ],
    rows,
  );
  assert.equal(
    out.text,
    `PROJECT  TITLE     FOLDER
toxd/1   Refinem…  ~/projects…
toxd/12  蛋白質…   ~/projects…
`,
  );
});

test('letters take the columns that terminals give them', () => {
  const columns = {
    abc: 3,
    'e\u0301': 1,
    蛋白質: 6,
    ｶﾅ: 2,
    한국: 4,
    '👩‍🔬': 2,
    '🇩🇪': 2,
    '❤️': 2,
    '👍🏽': 2,
    '✔…': 2,
    '\u200b': 0,
    𠀋: 2,
  };
  for (const [text, width] of Object.entries(columns)) assert.equal(widthOf(text), width, text);
  assert.equal(cut('👩‍🔬👩‍🔬👩‍🔬', 5), '👩‍🔬👩‍🔬…');
  assert.equal(cut('👩‍🔬👩‍🔬👩‍🔬', 4), '👩‍🔬…');
});

test('a line of status stays below what is written, and is for terminals alone', () => {
  const out = new Written(true, 20);
  const terminal = new Terminal(out, out, {});
  terminal.status('waiting');
  terminal.out('data');
  terminal.status('a line that is longer than that');
  terminal.status(null);
  assert.equal(out.text, '\r\x1b[Kwaiting\r\x1b[Kdata\nwaiting\r\x1b[Ka line that is lon…\r\x1b[K');
  for (const [isTTY, env] of [
    [false, {}],
    [true, { TERM: 'dumb' }],
  ] as const) {
    const still = new Written(isTTY, 20);
    new Terminal(still, still, env).status('waiting');
    assert.equal(still.text, '');
  }
});

test('a bar', () => {
  assert.deepEqual(
    [0, 0.5, 1, 7, -1].map((part) => barText(part, 4)),
    ['────', '━━──', '━━━━', '━━━━', '────'],
  );
});

test('colours are for terminals, and not for those who do not want them', () => {
  const isColoured = (text: string): boolean => text.includes('\x1b[');
  assert.ok(isColoured(table(new Written(true))));
  assert.ok(!isColoured(table(new Written(true), { NO_COLOR: '1' })));
  assert.ok(!isColoured(table(new Written(true), { TERM: 'dumb' })));
  assert.ok(!isColoured(table(new Written(false))));
});

test('what would steer the terminal is made visible', () => {
  assert.equal(plain('a\x1b[2Jb\x07\u202ec\nd\te'), 'a·[2Jb··c d e');
});

test('text is cut between letters as people see them', () => {
  assert.equal(cut('abcdef', 6), 'abcdef');
  assert.equal(cut('abcdefg', 6), 'abcde…');
  assert.equal(cut('e\u0301e\u0301e\u0301', 2), 'e\u0301…');
  assert.equal(cut('蛋白質', 4), '蛋…');
});

test('a command is shown as it could be typed', () => {
  assert.equal(commandText(['sh', '-c', "echo 'a b' > c"]), `sh -c 'echo '\\''a b'\\'' > c'`);
  assert.equal(commandText(['grep', '', 'x=1,y/z.txt']), `grep '' x=1,y/z.txt`);
});

test('sizes', () => {
  assert.deepEqual([0, 999, 1_000, 329_000, 999_499, 999_500, 2 ** 31, 5e15].map(bytesText), [
    '0 B',
    '999 B',
    '1.00 kB',
    '329 kB',
    '999 kB',
    '1.00 MB',
    '2.15 GB',
    '5.00e+3 TB',
  ]);
});

test('times past and to come', () => {
  const now = Date.parse('2026-11-21T20:00:00.000Z');
  const at = (ms: number): string => ago(new Date(now + ms).toISOString(), now);
  assert.deepEqual(
    [0, -4_000, -41_000, -120_000, -3 * 3_600_000, -3 * 86_400_000, -30 * 86_400_000, 30 * 86_400_000].map(
      at,
    ),
    ['just now', 'just now', '41 s ago', '2 min ago', '3 h ago', '3 days ago', '2026-10-22', 'in 30 days'],
  );
  assert.deepEqual([310, 7_460, 41_000, 720_000].map(span), ['0.31 s', '7.5 s', '41 s', '12 min']);
});

test('spans are read with their unit, and not without', () => {
  assert.deepEqual(
    ['45s', '90min', '12h', '30d', '2w'].map((text) => readSpan(text, '--expires')),
    [45_000, 5_400_000, 43_200_000, 2_592_000_000, 1_209_600_000],
  );
  for (const text of ['30', '', 'd', '-1d', '1y', '1.5h'])
    assert.throws(() => readSpan(text, '--expires'), { code: 'usage' }, text);
});
