import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockersOf, obstacleTo, type Standing, withMode } from '../../../src/core/locks/judge.ts';
import { expand, type LockWish, lockKinds } from '../../../src/core/locks/wishes.ts';

interface Request {
  readonly ticket: number;
  readonly wishes: readonly LockWish[];
  readonly granted: boolean;
  readonly live: boolean;
}

function standing(...requests: readonly Request[]): readonly Standing[] {
  return requests.flatMap(({ ticket, wishes, granted, live }) =>
    expand(wishes).map((claim) => ({ ...claim, ticket, granted, live })),
  );
}

function request(
  ticket: number,
  state: 'granted' | 'waiting' | 'asleep',
  ...written: readonly string[]
): Request {
  const wishes = written.map(wishOf);
  return { ticket, wishes, granted: state === 'granted', live: state !== 'asleep' };
}

function wishOf(written: string): LockWish {
  const [path = '', mode] = written.split(':');
  return { path, mode: mode === 'X' ? 'exclusive' : 'shared' };
}

const asked = (...written: readonly string[]) => expand(written.map(wishOf));

test('on a free path nothing is in the way', () => {
  assert.equal(obstacleTo(asked('embl:X'), null, []), null);
  assert.equal(obstacleTo(asked('embl:X'), null, standing(request(1, 'granted', 'nr:X'))), null);
});

test('exclusive is alone; shared is with shared', () => {
  const reader = standing(request(1, 'granted', 'embl:S'));
  const writer = standing(request(1, 'granted', 'embl:X'));
  assert.equal(obstacleTo(asked('embl:S'), null, reader), null);
  assert.deepEqual(obstacleTo(asked('embl:X'), null, reader), { path: 'embl', ticket: 1 });
  assert.deepEqual(obstacleTo(asked('embl:S'), null, writer), { path: 'embl', ticket: 1 });
  assert.deepEqual(obstacleTo(asked('embl:X'), null, writer), { path: 'embl', ticket: 1 });
});

test('exclusive on a database excludes shared on anything in it, and the other way round', () => {
  const whole = standing(request(1, 'granted', 'chado:X'));
  assert.deepEqual(obstacleTo(asked('chado/curation:S'), null, whole), { path: 'chado', ticket: 1 });
  const part = standing(request(1, 'granted', 'chado/curation:S'));
  assert.deepEqual(obstacleTo(asked('chado:X'), null, part), { path: 'chado', ticket: 1 });
  assert.equal(obstacleTo(asked('chado:S'), null, part), null);
  assert.equal(obstacleTo(asked('chado/other:X'), null, part), null);
});

test('a reader who comes after a waiting writer waits behind it', () => {
  const line = standing(request(1, 'granted', 'embl:S'), request(2, 'waiting', 'embl:X'));
  assert.deepEqual(obstacleTo(asked('embl:S'), null, line), { path: 'embl', ticket: 2 });
  assert.deepEqual(blockersOf(asked('embl:S'), null, line), [2]);
});

test('a ticket does not wait for those behind it, nor for itself', () => {
  const line = standing(request(2, 'waiting', 'embl:X'), request(3, 'waiting', 'embl:X'));
  assert.equal(obstacleTo(asked('embl:X'), 2, line), null);
  assert.deepEqual(blockersOf(asked('embl:X'), 3, line), [2]);
});

test('whoever sleeps keeps its place and blocks nobody', () => {
  const sleeping = request(2, 'asleep', 'embl:X');
  assert.equal(obstacleTo(asked('embl:S'), 3, standing(sleeping)), null);
  assert.deepEqual(blockersOf(asked('embl:S'), 3, standing(sleeping)), []);
  const awake = standing({ ...sleeping, live: true });
  assert.deepEqual(obstacleTo(asked('embl:S'), 3, awake), { path: 'embl', ticket: 2 });
});

test('who holds is named before who waits, and the smaller ticket before the larger', () => {
  const all = standing(
    request(1, 'waiting', 'embl:X'),
    request(5, 'granted', 'embl:S'),
    request(4, 'granted', 'embl:S'),
  );
  assert.deepEqual(obstacleTo(asked('embl:X'), null, all), { path: 'embl', ticket: 4 });
  assert.deepEqual(blockersOf(asked('embl:X'), null, all), [1, 4, 5]);
});

test('of several paths the first in order is named', () => {
  const all = standing(request(1, 'granted', 'nr:S'), request(2, 'granted', 'embl:S'));
  assert.deepEqual(obstacleTo(asked('nr:X', 'embl:X'), null, all), { path: 'embl', ticket: 2 });
});

test('one lock of a set changes, and the others stay', () => {
  const set = ['chado:S', 'embl:S'].map(wishOf);
  assert.deepEqual(withMode(set, 'embl', 'exclusive'), ['chado:S', 'embl:X'].map(wishOf));
  assert.deepEqual(withMode(set, 'nr', 'exclusive'), set);
});

const wish: fc.Arbitrary<LockWish> = fc.record({
  path: fc.constantFrom('a', 'a/x', 'a/x/1', 'a/y', 'b', 'b/x'),
  mode: fc.constantFrom(...lockKinds),
});
const wishes = fc.uniqueArray(wish, { minLength: 1, maxLength: 3, selector: ({ path }) => path });
const requests = fc.array(fc.record({ wishes, granted: fc.boolean(), live: fc.boolean() }), { maxLength: 6 });

/** Two locks exclude each other when one of them is exclusive and one lies in the other, or is it. */
function exclude(one: LockWish, other: LockWish): boolean {
  const within = (inner: string, outer: string) => inner === outer || inner.startsWith(`${outer}/`);
  const meet = within(one.path, other.path) || within(other.path, one.path);
  return meet && (one.mode === 'exclusive' || other.mode === 'exclusive');
}

test('a set is free exactly when no holder and no live ticket before it excludes one of its locks', () => {
  fc.assert(
    fc.property(wishes, fc.nat({ max: 7 }), requests, (wanted, place, others) => {
      const there = others.map((other, index) => ({ ...other, ticket: index + 1 }));
      const mine = place === 0 ? null : place;
      const inTheWay = there.filter(
        (other) =>
          other.ticket !== mine &&
          (other.granted || (other.live && (mine === null || other.ticket < mine))) &&
          other.wishes.some((held) => wanted.some((each) => exclude(held, each))),
      );
      const claims = expand(wanted);
      const rows = standing(...there);
      assert.deepEqual(
        blockersOf(claims, mine, rows),
        inTheWay.map(({ ticket }) => ticket),
      );
      const obstacle = obstacleTo(claims, mine, rows);
      assert.equal(obstacle === null, inTheWay.length === 0);
      if (obstacle === null) return;
      assert.ok(inTheWay.some(({ ticket }) => ticket === obstacle.ticket));
      assert.ok(
        rows.some(({ ticket, path }) => ticket === obstacle.ticket && path === obstacle.path),
        'the obstacle has a row on the path that it is in the way on',
      );
    }),
    { numRuns: 2_000 },
  );
});
