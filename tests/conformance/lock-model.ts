/** Random sessions over a small tree of paths: after every act, who holds and who waits is what the rule says. */
import { test } from 'node:test';
import fc from 'fast-check';
import type { Harness } from './harness.ts';
import { Lab } from './lab.ts';
import { type LockAct, names, randomAct, sweepMs } from './lock-acts.ts';
import { LockHistory } from './lock-history.ts';
import { playRandom } from './random-histories.ts';

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
    const histories = fc.array(randomAct, { minLength: actsMin, maxLength: actsMax, size: 'max' });
    let played = 0;
    const play = async (chosen: LockAct[]) => {
      const history = await LockHistory.begin(lab, ++played, names);
      try {
        for (const each of chosen) await history.play(each);
      } finally {
        await history.leave();
      }
    };
    const runs = asked > 0 ? asked : Math.max(10, harness.histories);
    try {
      await playRandom({ histories, runs, searchMs, play });
    } finally {
      await lab.close();
    }
  });
}
