/** Kills −9 at random moments: servers, workers, supervisors, commands, the database. */
import { setTimeout as delay } from 'node:timers/promises';
import type { SeededChance } from './chance.ts';
import { findStarted, type KeptProcess, kill9 } from './processes.ts';

export interface Victims {
  readonly servers: readonly KeptProcess[];
  readonly workers: readonly KeptProcess[];
  /** Where the commands and supervisors of this run are found by. */
  readonly folder: string;
  /** Kills the database and starts it again; null where there is none. */
  readonly database: (() => Promise<void>) | null;
}

export type Kills = Record<'server' | 'worker' | 'supervisor' | 'command' | 'database', number>;

/** Kills until the signal; answers with how often whom. */
export async function killAtRandom(
  victims: Victims,
  chance: SeededChance,
  signal: AbortSignal,
): Promise<Kills> {
  const kills: Kills = { server: 0, worker: 0, supervisor: 0, command: 0, database: 0 };
  const weights = {
    server: 3,
    worker: 3,
    supervisor: 2,
    command: 2,
    database: victims.database === null ? 0 : 1,
  };
  while (!signal.aborted) {
    await delay(chance.between(300, 3_000));
    if (signal.aborted) break;
    const whom = chance.weighted(weights);
    if (await killOne(whom, victims, chance)) kills[whom] += 1;
  }
  return kills;
}

async function killOne(whom: keyof Kills, victims: Victims, chance: SeededChance): Promise<boolean> {
  const { servers, workers, folder, database } = victims;
  switch (whom) {
    case 'server':
      return chance.oneOf(servers)?.kill(chance.between(0, 1_500)) ?? false;
    case 'worker':
      // Sometimes longer than its lease.
      return (
        chance
          .oneOf(workers)
          ?.kill(chance.weighted({ soon: 4, late: 1 }) === 'soon' ? chance.between(0, 1_500) : 6_000) ?? false
      );
    case 'supervisor':
      return killPid(chance.oneOf(findStarted(folder).supervisors));
    case 'command':
      return killPid(chance.oneOf(findStarted(folder).commands));
    case 'database':
      await database?.();
      return true;
  }
}

function killPid(pid: number | undefined): boolean {
  return pid !== undefined && kill9(pid);
}
