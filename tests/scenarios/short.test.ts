/** The nine scenarios, two seconds for each phase; the long ones are `npm run scenarios`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Check } from '../crash-loop/checks.ts';
import { postgresUnavailable } from '../support/postgres.ts';
import { play } from './play.ts';
import { scenarios } from './scenarios.ts';
import { Stage } from './stage.ts';
import { checkStage } from './stage-checks.ts';

const phaseMs = 2_000;

describe('two servers, two workers, one PostgreSQL', { skip: postgresUnavailable() ?? false }, () => {
  let stage: Stage;
  before(async () => {
    stage = await Stage.start();
  });
  after(() => stage[Symbol.asyncDispose]());

  for (const scenario of scenarios)
    test(`${scenario.name}: no job is lost, work goes on by itself, dead rows are removed`, {
      // Longer than all that a scenario waits for: if that does not come, its checks say what is missing.
      timeout: 300_000,
    }, async () => {
      hold((await play(stage, scenario, phaseMs)).checks);
    });

  test('after all of them record, servers and workers are as they should be', async () => {
    hold(await checkStage(stage));
  });
});

function hold(checks: readonly Check[]): void {
  for (const { name, breaches } of checks) assert.deepEqual(breaches, [], name);
}
