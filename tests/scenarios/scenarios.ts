/** The nine: five in which something breaks, four in which something presses. */
import { setTimeout as delay } from 'node:timers/promises';
import type { KeptProcess } from '../crash-loop/processes.ts';
import type { Stage } from './stage.ts';
import { endConnections, holdHorizon, scan, takeAllConnections } from './strangers.ts';

export interface Scenario {
  readonly name: string;
  /** Lasts about so long; answers, where something stays as it is until then, with how it is put right. */
  readonly trouble: (stage: Stage, ms: number) => Promise<(() => Promise<void>) | undefined>;
}

function kill(worker: KeptProcess | undefined, pauseMs: number): void {
  if (worker?.kill(pauseMs) !== true) throw new Error('the worker is down already');
}

const readers = 4;
const burstTimes = 8;

export const scenarios: readonly Scenario[] = [
  {
    name: 'worker-crash',
    async trouble({ workers }, ms) {
      kill(workers[0], ms);
      await delay(ms);
      return undefined;
    },
  },
  {
    name: 'repeated-kill',
    async trouble({ workers }, ms) {
      const kills = 4;
      for (let times = 0; times < kills; times++) {
        kill(workers[times % workers.length], 200);
        await delay(ms / kills);
      }
      return undefined;
    },
  },
  {
    name: 'postgres-restart',
    async trouble({ postgres }, ms) {
      await postgres.kill9();
      await delay(ms);
      await postgres.restart();
      return undefined;
    },
  },
  {
    name: 'backend-kill',
    async trouble(stage, ms) {
      await endConnections(stage, 200, ms);
      return undefined;
    },
  },
  { name: 'pool-exhaustion', trouble: takeAllConnections },
  {
    name: 'idle-in-transaction',
    async trouble(stage, ms) {
      const release = await holdHorizon(stage);
      await delay(ms);
      return release;
    },
  },
  {
    name: 'active-readers',
    async trouble(stage, ms) {
      await scan(stage, readers, ms);
      return undefined;
    },
  },
  {
    name: 'burst',
    async trouble({ load }, ms) {
      await load.burst(burstTimes, ms);
      return undefined;
    },
  },
  {
    name: 'soak',
    async trouble(_, ms) {
      await delay(ms);
      return undefined;
    },
  },
];
