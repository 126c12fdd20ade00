import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../../src/core/faults.ts';
import {
  ancestorsOf,
  checkDatabaseName,
  checkLockPath,
  covers,
  databaseOf,
} from '../../../src/core/locks/paths.ts';

const deep = (parts: number) => Array.from({ length: parts }, (_, index) => `p${index}`).join('/');
/** A path of so many characters, in parts that are short enough. */
const long = (characters: number) => `${'a'.repeat(99)}/${'b'.repeat(99)}/${'c'.repeat(characters - 200)}`;

const good: readonly (readonly [written: string, path: string])[] = [
  ['embl', 'embl'],
  ['chado/curation', 'chado/curation'],
  ['nr@2026-10', 'nr/2026-10'],
  ['nr/2026-10', 'nr/2026-10'],
  ['0.9', '0.9'],
  ['NR+', 'NR+'],
  ['chado/_test', 'chado/_test'],
  ['chado/voilà', 'chado/voilà'],
  ['chado/École', 'chado/École'],
  ['chado/E\u0301cole', 'chado/École'],
  ['chado/配列', 'chado/配列'],
  [deep(8), deep(8)],
  [long(255), long(255)],
];

const bad = [
  '',
  '/',
  '/embl',
  'embl/',
  'a//b',
  '..',
  '.',
  'embl/..',
  'embl/../nr',
  'embl/.',
  'embl/.hidden',
  '../embl',
  'embl/-x',
  '-embl',
  '_embl',
  'émbl',
  'em bl',
  'embl ',
  'embl\n',
  'embl/a\0b',
  'embl/a*',
  'embl:shared',
  'embl\\x',
  'nr@',
  '@2026',
  'nr@2026@10',
  'nr@2026/10',
  'nr/x@2026',
  'chado/\u{d800}',
  deep(9),
  long(256),
  long(300),
  'a'.repeat(101),
  'a'.repeat(300),
];

test('paths are read', () => {
  for (const [written, path] of good) assert.equal(checkLockPath(written, 'path'), path);
});

for (const written of bad)
  test(`${JSON.stringify(written).slice(0, 30)} (${written.length} characters) is no path`, () => {
    assert.throws(
      () => checkLockPath(written, 'locks[0].path'),
      (error) => {
        assert.ok(error instanceof Fault);
        assert.equal(error.code, 'invalid_field');
        assert.equal(error.said.field, 'locks[0].path');
        assert.equal(error.said.found, written);
        assert.match(error.said.expected ?? '', /chado\/curation/);
        return true;
      },
    );
  });

test('a database has a name that is also that of a folder and a part of a path', () => {
  for (const name of ['embl', 'NR-2', '4th', 'a'.repeat(100)])
    assert.equal(checkDatabaseName(name, 'name'), name);
  for (const name of ['', '.', '..', '-a', '_a', 'a/b', 'a@b', 'a b', 'a\n', 'é', 'a'.repeat(101)])
    assert.throws(() => checkDatabaseName(name, 'name'), Fault, JSON.stringify(name));
});

const path = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'a.b'), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join('/'));

test('a path is covered by itself and by those above it, and by nothing else', () => {
  fc.assert(
    fc.property(path, path, (one, other) => {
      assert.ok(covers(one, one));
      for (const above of ancestorsOf(one)) assert.ok(covers(above, one), `${above} and ${one}`);
      assert.equal(covers(other, one), [...ancestorsOf(one), one].includes(other));
    }),
  );
});

test('the first of those above a path is its database', () => {
  fc.assert(
    fc.property(path, (one) => {
      assert.equal(ancestorsOf(one).length, one.split('/').length - 1);
      assert.equal(databaseOf(one), ancestorsOf(one)[0] ?? one);
    }),
  );
});

test('a path that is read is read as itself again', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '1', '/', '.', '@', '-', '_', 'é'), maxLength: 12 }),
      (it) => {
        let read: string;
        try {
          read = checkLockPath(it, 'path');
        } catch (error) {
          assert.ok(error instanceof Fault);
          return;
        }
        assert.equal(checkLockPath(read, 'path'), read);
        assert.ok(!read.split('/').some((part) => part === '' || part === '.' || part === '..'), read);
      },
    ),
    { numRuns: 1_000 },
  );
});
