import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../../src/core/faults.ts';
import { atLeast } from '../../../src/core/locks/modes.ts';
import {
  checkLocks,
  distinctLocks,
  expand,
  type LockWish,
  lockKinds,
  locksAtOnceMax,
  readLockWish,
  writeLockWish,
} from '../../../src/core/locks/wishes.ts';

const shared = (path: string): LockWish => ({ path, mode: 'shared' });
const exclusive = (path: string): LockWish => ({ path, mode: 'exclusive' });

function faultOf(act: () => unknown): Fault {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return error;
  }
  assert.fail('nothing was refused');
}

test('a set is kept with its paths in normal form, sorted, each once', () => {
  const set = checkLocks([shared('nr@2026-10'), exclusive('chado/b'), shared('nr/2026-10')], 'locks');
  assert.deepEqual(set, [exclusive('chado/b'), shared('nr/2026-10')]);
});

test('an empty set is no set', () => {
  const fault = faultOf(() => checkLocks([], 'locks'));
  assert.deepEqual([fault.code, fault.said.field, fault.said.found], ['invalid_field', 'locks', 0]);
});

test('a set has a bound', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => shared(`db${index}`));
  assert.equal(checkLocks(many(locksAtOnceMax), 'locks').length, locksAtOnceMax);
  assert.equal(faultOf(() => checkLocks(many(locksAtOnceMax + 1), 'locks')).said.found, locksAtOnceMax + 1);
});

test('both modes on one path are refused, naming the second', () => {
  for (const other of ['embl/x', 'embl@x']) {
    const fault = faultOf(() => checkLocks([shared('embl/x'), exclusive(other)], 'locks'));
    assert.deepEqual([fault.code, fault.said.field], ['invalid_field', 'locks[1].mode']);
    assert.match(fault.said.expected ?? '', /embl\/x.* shared/);
  }
});

test('one mode on a path and another below it are a set', () => {
  const set = [exclusive('chado'), shared('chado/a')];
  assert.deepEqual(checkLocks(set, 'locks'), set);
});

test('a wrong path in a set is refused by its place', () => {
  const fault = faultOf(() => checkLocks([shared('embl'), shared('..')], 'locks'));
  assert.equal(fault.said.field, 'locks[1].path');
});

test('a lock is written as on a command line, and without a mode it is shared', () => {
  assert.deepEqual(readLockWish('embl', 'lock'), shared('embl'));
  assert.deepEqual(readLockWish('embl:shared', 'lock'), shared('embl'));
  assert.deepEqual(readLockWish('chado/curation:exclusive', 'lock'), exclusive('chado/curation'));
  assert.deepEqual(readLockWish('nr@2026-10:shared', 'lock'), shared('nr/2026-10'));
  for (const mode of lockKinds)
    assert.equal(writeLockWish(readLockWish(`embl/a:${mode}`, 'lock')), `embl/a:${mode}`);
});

test('another mode than the two is refused by name', () => {
  for (const mode of ['write', 'x', 'sharedd']) {
    const fault = faultOf(() => readLockWish(`embl:${mode}`, 'lock'));
    assert.deepEqual([fault.said.field, fault.said.found], ['lock', mode]);
    assert.equal(fault.said.expected, 'shared or exclusive');
  }
});

test('what a set holds: itself, and intentions on all above', () => {
  assert.deepEqual(expand([exclusive('chado/a/b')]), [
    { path: 'chado', mode: 'IX' },
    { path: 'chado/a', mode: 'IX' },
    { path: 'chado/a/b', mode: 'X' },
  ]);
  assert.deepEqual(expand([shared('embl')]), [{ path: 'embl', mode: 'S' }]);
});

test('a database that is read while something in it is updated is held as both', () => {
  assert.deepEqual(expand([shared('chado'), exclusive('chado/a'), shared('chado/b')]), [
    { path: 'chado', mode: 'SIX' },
    { path: 'chado/a', mode: 'X' },
    { path: 'chado/b', mode: 'S' },
  ]);
  assert.deepEqual(expand([shared('chado/b'), exclusive('chado/a')])[0], { path: 'chado', mode: 'IX' });
});

const wish = fc.record({
  path: fc.constantFrom('a', 'a/x', 'a/x/1', 'a/y', 'b', 'b/x'),
  mode: fc.constantFrom(...lockKinds),
});
const set = fc.uniqueArray(wish, { minLength: 1, maxLength: 6, selector: ({ path }) => path });

test('a larger set holds at least as much, on every path', () => {
  fc.assert(
    fc.property(set, set, (one, more) => {
      const both = new Map(expand(distinctLocks([...one, ...more])).map(({ path, mode }) => [path, mode]));
      for (const { path, mode } of expand(one)) {
        const there = both.get(path);
        assert.ok(there);
        assert.equal(atLeast(mode, there), there);
      }
    }),
  );
});

test('each path once, in the stronger mode', () => {
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 12 }), (wishes) => {
      const distinct = distinctLocks(wishes);
      const paths = distinct.map(({ path }) => path);
      assert.deepEqual(paths, [...new Set(wishes.map(({ path }) => path))].sort());
      for (const { path, mode } of distinct)
        assert.equal(
          mode === 'exclusive',
          wishes.some((each) => each.path === path && each.mode === 'exclusive'),
        );
    }),
  );
});
