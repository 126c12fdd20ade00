import { test } from 'node:test';
import fc from 'fast-check';
import type { Harness } from './harness.ts';
import { commands } from './model-commands.ts';
import { World } from './model-world.ts';
import { playRandom } from './random-histories.ts';

const commandsMax = 120;
/** A bound for slow machines, and for making a history that failed shorter. */
const searchMs = 60_000;
const allHistoriesMs = 5 * 60_000;

/** Random histories, done on the storage and on the reference model side by side. */
export function model(harness: Harness): void {
  const skip = harness.unavailable ?? false;
  const name = `${harness.name}: random histories are told and shown as the reference model does`;
  test(name, { skip, timeout: allHistoriesMs }, async () => {
    const histories = fc.commands(commands, { maxCommands: commandsMax, size: 'max' });
    const play = async (chosen: Iterable<fc.AsyncCommand<object, World>>) => {
      const world = await World.open(harness);
      try {
        await fc.asyncModelRun(() => ({ model: {}, real: world }), chosen);
        await world.checkEnd();
      } finally {
        await world.close();
      }
    };
    await playRandom({ histories, runs: harness.histories, searchMs, play });
  });
}
