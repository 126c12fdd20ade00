import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atLeast, conflicts, type LockMode, lockModes } from '../../../src/core/locks/modes.ts';

/** Of the textbook: rows and columns in the order of the modes, + where both may be held at once. */
const textbook: Readonly<Record<LockMode, string>> = {
  IS: '++++-',
  IX: '++---',
  S: '+-+--',
  SIX: '+----',
  X: '-----',
};

/** What each mode allows its holder: to read or write here, and to lock below so. */
const rights: Readonly<Record<LockMode, readonly string[]>> = {
  IS: ['read below'],
  IX: ['read below', 'write below'],
  S: ['read below', 'read'],
  SIX: ['read below', 'write below', 'read'],
  X: ['read below', 'write below', 'read', 'write'],
};

const mode = fc.constantFrom(...lockModes);

test('which modes may be held together is the matrix of the textbook', () => {
  const matrix = lockModes.map((one) =>
    lockModes.map((other) => (conflicts(one, other) ? '-' : '+')).join(''),
  );
  assert.deepEqual(
    matrix,
    lockModes.map((one) => textbook[one]),
  );
});

test('the join of two modes is the weakest that has the rights of both', () => {
  for (const one of lockModes)
    for (const other of lockModes) {
      const wanted = new Set([...rights[one], ...rights[other]]);
      const enough = lockModes.filter((each) => [...wanted].every((right) => rights[each].includes(right)));
      const weakest = enough.toSorted((a, b) => rights[a].length - rights[b].length)[0];
      assert.equal(atLeast(one, other), weakest, `${one} and ${other}`);
    }
});

test('a join does not depend on order or repetition', () => {
  fc.assert(
    fc.property(mode, mode, mode, (a, b, c) => {
      assert.equal(atLeast(a, a), a);
      assert.equal(atLeast(a, b), atLeast(b, a));
      assert.equal(atLeast(atLeast(a, b), c), atLeast(a, atLeast(b, c)));
    }),
  );
});

test('a stronger mode conflicts with all that a weaker one does', () => {
  fc.assert(
    fc.property(mode, mode, mode, (a, b, other) => {
      if (conflicts(a, other)) assert.ok(conflicts(atLeast(a, b), other), `${a} with ${b}, against ${other}`);
    }),
  );
});
