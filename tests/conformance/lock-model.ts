/** Random sessions over a small tree of paths: after every act, who holds and who waits is what the rule says. */
import { test } from 'node:test';
import fc from 'fast-check';
import type { Harness } from './harness.ts';
import { Lab } from './lab.ts';
import { names, randomAct, sweepMs } from './lock-acts.ts';
import { LockHistory } from './lock-history.ts';

const actsMin = 10;
const actsMax = 60;
/** How many histories each storage goes through; the long form of the test sets more. */
const asked = Number(process.env.LABKEEP_TEST_LOCK_HISTORIES ?? 0);
const searchMs = asked > 0 ? 30 * 60_000 : 60_000;

export function lockModel(harness: Harness): void {
  const skip = harness.unavailable ?? false;
  const title = `${harness.name}: in random histories locks are held and waited for as the rule says`;
  test(title, { skip, timeout: searchMs + 60_000 }, async () => {
    const lab = await Lab.open(harness, { durations: { sweepMs } });
    let histories = 0;
    const property = fc.asyncProperty(
      fc.array(randomAct, { minLength: actsMin, maxLength: actsMax, size: 'max' }),
      async (chosen) => {
        const history = await LockHistory.begin(lab, ++histories, names);
        try {
          for (const each of chosen) await history.play(each);
        } finally {
          await history.leave();
        }
      },
    );
    const numRuns = asked > 0 ? asked : Math.max(10, harness.histories);
    try {
      await fc.assert(property, { numRuns, unbiased: true, interruptAfterTimeLimit: searchMs });
    } finally {
      await lab.close();
    }
  });
}
