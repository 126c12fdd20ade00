import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../src/core/faults.ts';
import { splitStatements } from '../../src/schemas/postgres-run/split-statements.ts';

function textsOf(sql: string): readonly string[] {
  return splitStatements(sql, 'a.sql').map(({ text }) => text);
}

const whole: readonly (readonly [what: string, sql: string])[] = [
  ['a quote', "select 'a;b'"],
  ['a doubled quote', "select 'it''s; so'"],
  ['an escaped quote', "select E'it\\'s; so'"],
  ['a backslash that is none', "select 'C:\\' || ';'"],
  ['a quoted name', 'select ";"".;"'],
  ['dollar quotes', 'do $$ begin perform 1; end $$'],
  ['tagged dollar quotes', 'do $body$ begin perform $$;$$; end $body$'],
  ['a parameter that is no dollar quote', 'prepare p as select $1, a$b$c, $2'],
  ['a comment with a semicolon', 'select /* ; /* nested; */ ; */ 1'],
  ['a line comment with a quote', "select 1 -- it's ; here\n + 1"],
  ['a rule', 'create rule r as on insert to t do also (delete from u; delete from v)'],
  [
    'the body of an SQL function',
    'create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end',
  ],
  ['a division', 'select 4 / 2 * 3 - -1'],
  ['letters beyond ASCII', 'select é$x$y, "Ω;" from Ωmega'],
];

for (const [what, sql] of whole)
  test(`${what} does not end a statement`, () => {
    assert.deepEqual(textsOf(`${sql};\nselect 2;`), [sql, 'select 2']);
    assert.deepEqual(textsOf(sql), [sql]);
  });

test('empty statements and comments alone are none', () => {
  assert.deepEqual(textsOf(';; -- nothing\n/* nothing */ ;\n'), []);
});

test('each statement knows the line of its first word', () => {
  const sql = '-- head\n\nselect 1;\n/* two\nlines */ select\n 2; select 3';
  assert.deepEqual(
    splitStatements(sql, 'a.sql').map(({ line }) => line),
    [3, 5, 6],
  );
});

const refused: readonly (readonly [sql: string, line: number, words: RegExp])[] = [
  ['select 1;\n\\connect other', 2, /a command of psql/],
  ['select 1 \\gexec', 1, /a command of psql/],
  ['select 1;\n\nCommit;', 3, /begins or ends a transaction/],
  ['begin;', 1, /begins or ends a transaction/],
  ['/* x */ END', 1, /begins or ends a transaction/],
  ['start transaction read only', 1, /begins or ends a transaction/],
  ["rollback prepared 'x'", 1, /begins or ends a transaction/],
  ["prepare transaction 'x'", 1, /begins or ends a transaction/],
  ['copy t (a, b) from stdin;\n1\t2\n\\.\n', 1, /pg_dump --inserts/],
  ['copy t to stdout', 1, /nobody reads it/],
  ["select 1;\nselect 'open", 2, /a ' that is not closed/],
  ['select "open', 1, /a " that is not closed/],
  ['select 1;\n\n do $x$ begin end', 3, /a \$x\$ that is not closed/],
  ['select 1; /* /* */', 1, /a comment that is not closed/],
];

for (const [sql, line, words] of refused)
  test(`refused with its line: ${JSON.stringify(sql)}`, () => {
    assert.throws(
      () => splitStatements(sql, 'a.sql'),
      (error: unknown) => {
        assert.ok(error instanceof Fault);
        assert.equal(error.code, 'sql_unsupported');
        assert.match(error.message, words);
        assert.deepEqual(error.said.facts, { file: 'a.sql', line });
        return true;
      },
    );
  });

test('savepoints, statements on transactions that end none, and copies from files of the server pass', () => {
  const sql = [
    'savepoint a',
    'rollback to savepoint a',
    'rollback work to a',
    'release a',
    'set transaction isolation level serializable',
    "copy t from '/data/t.tsv'",
    'prepare transactions as select 1',
  ];
  assert.deepEqual(textsOf(sql.join(';')), sql);
});
