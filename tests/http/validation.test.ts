import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { nearestName } from '../../src/core/nearest-name.ts';
import { findViolation, type SchemaNode } from '../../src/frontends/http/find-violation.ts';
import { readBody } from '../../src/frontends/http/read-body.ts';
import { FinishRequest, OutputRequest, RenewRequest } from '../../src/frontends/http/schemas/attempts.ts';
import { ClaimRequest } from '../../src/frontends/http/schemas/claims.ts';
import { JobChanges, JobSubmission } from '../../src/frontends/http/schemas/jobs.ts';
import { NewProject } from '../../src/frontends/http/schemas/projects.ts';
import { BulkAct } from '../../src/frontends/http/schemas/selections.ts';
import { NewToken } from '../../src/frontends/http/schemas/tokens.ts';
import { NewWorker } from '../../src/frontends/http/schemas/workers.ts';

const schemas: Readonly<Record<string, TSchema>> = {
  JobSubmission,
  JobChanges,
  BulkAct,
  ClaimRequest,
  OutputRequest,
  FinishRequest,
  RenewRequest,
  NewProject,
  NewToken,
  NewWorker,
};

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    '',
    'a',
    'ready',
    'success',
    '2026-11-21T19:40:00Z',
    '2026-13-01T00:00:00Z',
    0,
    1,
    -1,
    1.5,
    101,
    1e300,
  ),
  fc.string(),
  fc.double({ noNaN: true }),
);

/** Values in the likeness of a schema, and now and then not. */
function like(schema: SchemaNode, depth = 0): fc.Arbitrary<unknown> {
  const off = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('title', 'x', 'jobs'), scalar, { maxKeys: 2 }),
  );
  return fc.oneof({ weight: 12, arbitrary: likely(schema, depth) }, { weight: 1, arbitrary: off });
}

function likely(schema: SchemaNode, depth: number): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((branch) => like(branch, depth + 1)));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object': {
      const { properties = {}, required = [], additionalProperties } = schema;
      if (typeof additionalProperties === 'object')
        return fc.dictionary(fc.string(), like(additionalProperties, depth + 1), { maxKeys: 2 });
      const fields = Object.fromEntries(
        Object.entries(properties).map(([name, inner]) => [name, like(inner, depth + 1)]),
      );
      return fc.record(fields, { requiredKeys: [...required] });
    }
    case 'array':
      return fc.array(like(schema.items ?? {}, depth + 1), { maxLength: 3 });
    case 'integer':
      return fc.integer({
        min: Math.max(schema.minimum ?? 0, -200),
        max: Math.min(schema.maximum ?? 200, 200),
      });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return schema.format === 'date-time'
        ? fc.date({ noInvalidDate: true }).map((it) => it.toISOString())
        : fc.string({ minLength: schema.minLength ?? 0, maxLength: 5 });
    default:
      return scalar;
  }
}

for (const [name, schema] of Object.entries(schemas))
  test(`what the validator of ${name} refuses is explained, and what it accepts is not`, () => {
    const validator = Compile(schema);
    let refused = 0;
    fc.assert(
      fc.property(like(schema), (value) => {
        const accepted = validator.Check(value);
        if (!accepted) refused++;
        assert.equal(findViolation(schema, value) === null, accepted);
      }),
      { numRuns: 2_000 },
    );
    assert.ok(refused > 20, 'nothing was refused: this test would prove nothing');
  });

test('a misspelt name is known by what it is near', () => {
  const known = ['title', 'priority', 'command', 'inputs', 'outputs'];
  assert.equal(nearestName('prioritty', known), 'priority');
  assert.equal(nearestName('tilte', known), 'title');
  assert.equal(nearestName('Command', known), 'command');
  assert.equal(nearestName('output', known), 'outputs');
  assert.equal(nearestName('zzz', known), null);
  assert.equal(nearestName('x'.repeat(1_000), known), null);
});

test('a body is read as JSON.parse reads it, whatever texts stand in it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8, stringUnit: 'binary' }), (value) => {
      const text = JSON.stringify(value);
      const odd = text.includes('\\u0000') || /\\ud[89a-f]/i.test(text);
      if (odd) assert.throws(() => readBody(Buffer.from(text)));
      else assert.deepEqual(readBody(Buffer.from(text)), JSON.parse(text));
    }),
    { numRuns: 2_000 },
  );
});
