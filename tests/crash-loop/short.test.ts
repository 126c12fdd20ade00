/** A few seconds of the crash loop with every run of the tests; the long ones are `npm run crash-loop`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postgresUnavailable } from '../support/postgres.ts';
import { crashLoop } from './crash-loop.ts';

const unavailable = { sqlite: undefined, postgres: postgresUnavailable() };

for (const storage of ['sqlite', 'postgres'] as const)
  test(`nothing is lost and nothing done twice, on ${storage}`, {
    skip: unavailable[storage],
    timeout: 300_000,
  }, async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    t.diagnostic(`seed ${seed}`);
    const checks = await crashLoop({ seconds: 6, storage, seed, say: (line) => t.diagnostic(line) });
    for (const { name, breaches } of checks) assert.deepEqual(breaches, [], name);
  });
