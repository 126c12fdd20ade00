/** Fifty sessions at once, in five processes; holders are killed or stopped, servers are killed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postgresUnavailable } from '../support/postgres.ts';
import { historyRun } from './history-run.ts';

const unavailable = { sqlite: undefined, postgres: postgresUnavailable() };

for (const storage of ['sqlite', 'postgres'] as const)
  test(`locks keep their promises to fifty sessions, whoever is killed, on ${storage}`, {
    skip: unavailable[storage],
    timeout: 240_000,
  }, async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    t.diagnostic(`seed ${seed}`);
    const { breaches, counts, killed, faults, leftBehind } = await historyRun({ storage, kills: 4, seed });
    t.diagnostic(JSON.stringify({ ...counts, killed }));
    assert.deepEqual(faults, []);
    for (const [rule, found] of Object.entries(breaches)) assert.deepEqual(found, [], rule);
    assert.equal(leftBehind, 0, 'all is free in the end');
    for (const [what, many] of Object.entries(counts)) assert.ok(many > 0, `the history tells of ${what}`);
  });
