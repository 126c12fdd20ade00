import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../../src/core/faults.ts';
import { checkAtWork, checkStart, checkWhole, schemaAfter } from '../../../src/core/leases/schema.ts';

function codeOf(check: () => void): string | null {
  try {
    check();
  } catch (error) {
    assert.ok(error instanceof Fault);
    return error.code;
  }
  return null;
}

test('a server goes on, and starts, with a newer schema that leaves it what it knows; what copies all of it does not', () => {
  for (const [known, needed, fits] of [
    [4, 4, true],
    [4, 5, false],
    [5, 5, true],
    [6, 4, true],
  ] as const) {
    const schema = { version: 5, needed };
    assert.equal(codeOf(() => checkStart(known, schema)) === null, fits);
    assert.equal(codeOf(() => checkAtWork(known, needed)) === null, fits, 'it is one rule');
    assert.equal(codeOf(() => checkWhole(known, 5, 'storage')) === null, known >= 5);
  }
  assert.equal(
    codeOf(() => checkStart(4, { version: 5, needed: 5 })),
    'schema_newer',
  );
  assert.equal(
    codeOf(() => checkAtWork(4, 5)),
    'storage_newer',
  );
});

test('of several migrations the one that asks most of a server counts, whatever comes after it', () => {
  const before = { version: 4, needed: 4 };
  const [strict, mild] = [
    { version: 5, needed: 5 },
    { version: 6, needed: 4 },
  ];
  assert.deepEqual(schemaAfter(before, [strict, mild]), { version: 6, needed: 5 });
  assert.deepEqual(schemaAfter(before, [mild]), { version: 6, needed: 4 });
  assert.deepEqual(schemaAfter(before, []), before);
});
