/** What goes wrong, how often, in one simulation; drawn from its seed. */
import type { SeededChance } from '../crash-loop/chance.ts';

export interface Weather {
  readonly storage: 'memory' | 'sqlite';
  readonly servers: number;
  readonly workers: number;
  readonly jobs: number;
  /** How long things go wrong (ms). */
  readonly stormMs: number;
  /** Of messages, in parts of one. */
  readonly lost: number;
  readonly doubled: number;
  readonly slow: number;
  /** Of acts of the storage that fail, before or after they were committed. */
  readonly refused: number;
  /** The mean time (ms) between two mishaps. */
  readonly mishapEveryMs: number;
  readonly mishaps: Readonly<Record<Mishap, number>>;
}

export const mishaps = [
  'kill_server',
  'stop_server',
  'kill_worker',
  'stop_worker',
  'restart_worker',
  'kill_supervisor',
  'sleep_machine',
  'cut_power',
  'fill_disk',
  'partition',
  'jump_forward',
  'jump_back',
  'back_up',
  'restore',
] as const;
export type Mishap = (typeof mishaps)[number];

const usual: Readonly<Record<Mishap, number>> = {
  kill_server: 6,
  stop_server: 3,
  kill_worker: 8,
  stop_worker: 6,
  restart_worker: 4,
  kill_supervisor: 3,
  sleep_machine: 3,
  cut_power: 4,
  fill_disk: 2,
  partition: 10,
  jump_forward: 3,
  jump_back: 2,
  back_up: 2,
  restore: 1,
};

export function drawWeather(seed: number, chance: SeededChance): Weather {
  const rough = chance.next();
  const part = (most: number): number => (chance.next() < 0.3 ? 0 : chance.next() * most * rough);
  return {
    storage: seed % 2 === 0 ? 'memory' : 'sqlite',
    servers: chance.between(1, 3),
    workers: chance.between(1, 4),
    jobs: chance.between(6, 24),
    stormMs: chance.between(60_000, 180_000),
    lost: part(0.2),
    doubled: part(0.15),
    slow: part(0.3),
    refused: part(0.05),
    mishapEveryMs: chance.between(4_000, 30_000),
    mishaps: usual,
  };
}
