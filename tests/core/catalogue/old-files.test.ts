import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseEnvNames, parseKnownDbFile } from '../../../src/core/catalogue/known-db-file.ts';
import { parsePipeLine } from '../../../src/core/catalogue/pipe-line.ts';

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,20}$/);
const word = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9 ,:()'-]{0,20}[A-Za-z0-9])?$/);
const blanks = fc.constantFrom('', ' ', '\t', '   ');

const bank = fc.record({
  name,
  state: fc.constantFrom('on', 'off'),
  tag: fc.option(fc.stringMatching(/^[A-Z][A-Z0-9]{0,8}$/)),
  description: fc.oneof(fc.constant(''), word),
});

test('a known_db_file reads back whatever its blanks, comments and last bars', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(bank, { selector: (one) => one.name, maxLength: 20 }),
      fc.infiniteStream(blanks),
      fc.infiniteStream(fc.constantFrom('', '|', ' | ', '||')),
      fc.infiniteStream(fc.constantFrom('', '# note\n', '\n', '  \n', ' # a | on | b | c\n')),
      fc.constantFrom('\n', '\r\n'),
      (banks, blank, tail, between, end) => {
        const gap = (): string => blank.next().value ?? '';
        const text = banks
          .map((one) => {
            const fields = [one.name, one.state, one.tag ?? '', one.description];
            const line = fields.map((field) => `${gap()}${field}${gap()}`).join('|');
            return `${between.next().value}${line}${tail.next().value}`;
          })
          .join(end);
        const { declared, problems } = parseKnownDbFile(text);
        assert.deepEqual(problems, []);
        assert.deepEqual(
          declared.map(({ name, state, tag, description, kind }) => ({
            name,
            state,
            tag,
            description,
            kind,
          })),
          banks.map((one) => ({ ...one, kind: 'bank' })),
        );
      },
    ),
  );
});

test('tag and description may be missing; a bar may stand in the description', () => {
  const { declared, problems } = parseKnownDbFile('a|on\nb|OFF|\nc|on|TP\nd|on||x | y|\n');
  assert.deepEqual(problems, []);
  assert.deepEqual(
    declared.map(({ name, state, tag, description }) => [name, state, tag, description]),
    [
      ['a', 'on', null, ''],
      ['b', 'off', null, ''],
      ['c', 'on', 'TP', ''],
      ['d', 'on', null, 'x | y'],
    ],
  );
});

test('a line that is none is told with its number, and what was expected', () => {
  const { problems } = parseKnownDbFile('# x\nembl\ngenbank|on\nhov | maybe\n|on\na/b|on\ngenbank|off\n');
  assert.deepEqual(
    problems.map(({ line, database }) => [line, database]),
    [
      [2, 'embl'],
      [4, 'hov'],
      [5, null],
      [6, 'a/b'],
      [7, 'genbank'],
    ],
  );
  assert.match(problems[0]?.text ?? '', /expected name \| on or off \| tag \| description/);
  assert.match(problems[4]?.text ?? '', /line 3/);
});

test('folders of banks come from setenv lines, in any quotes', () => {
  const text = `# csh\nsetenv embl '/i/embl /f/embl'\nsetenv nr "/i/nr"\nsetenv hov /i/hov # old\n`;
  const { folders, problems } = parseEnvNames(text);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [...folders].map(([of, { directory, flatFiles }]) => [of, directory, flatFiles]),
    [
      ['embl', '/i/embl', '/f/embl'],
      ['nr', '/i/nr', null],
      ['hov', '/i/hov', null],
    ],
  );
  const { declared } = parseKnownDbFile('embl|on\nnr|on\nx|on', folders);
  assert.deepEqual(
    declared.map(({ settings }) => settings),
    [{ directory: '/i/embl', flatFiles: '/f/embl' }, { directory: '/i/nr' }, {}],
  );
});

test('a setenv line that is none is told with its number', () => {
  const bad = [
    'setenv',
    'setenv embl',
    "setenv embl 'i f'",
    "setenv embl '/i /f /g'",
    "export embl='/i'",
    'rm -rf /',
  ];
  for (const line of bad) {
    const { folders, problems } = parseEnvNames(`\n${line}\n`);
    assert.deepEqual([folders.size, problems[0]?.line], [0, 2], line);
  }
  assert.equal(parseEnvNames('setenv a /x\nsetenv a /y').problems[0]?.line, 2);
});

test('no text breaks the readers, and each line is either read or told', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      for (const { line } of [...parseKnownDbFile(text).problems, ...parseEnvNames(text).problems])
        assert.ok(line !== null && line >= 1 && line <= text.split(/\r\n|\n|\r/).length);
      parsePipeLine(text);
    }),
  );
  const lines = fc.array(fc.stringMatching(/^[a-z0-9|# ]{0,12}$/), { maxLength: 10 });
  fc.assert(
    fc.property(lines, (all) => {
      const { declared, problems } = parseKnownDbFile(all.join('\n'));
      const said = all.filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
      assert.equal(declared.length + problems.length, said.length);
    }),
  );
});

test('a line of the pipe is disable NAME or enable NAME, and nothing else', () => {
  assert.deepEqual(parsePipeLine('disable embl'), { act: 'disable', name: 'embl' });
  assert.deepEqual(parsePipeLine('  enable  nr.2\r'), { act: 'enable', name: 'nr.2' });
  for (const line of [
    '',
    'disable',
    'Disable embl',
    'disable embl nr',
    'drop embl',
    'disable ../x',
    'disable a/b',
  ])
    assert.equal(parsePipeLine(line), null, line);
});
