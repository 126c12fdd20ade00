import { enforceClosures } from '../app/enforce-closures.ts';
import type { World } from '../app/world.ts';
import { startRounds } from './rounds.ts';

const periodMs = 5_000;

/** Looks every few seconds whether closures are kept by their databases; the function that comes back stops. */
export function startEnforcing(world: World): () => Promise<void> {
  const { timers, troubles } = world;
  return startRounds({
    act: enforceClosures(world),
    periodMs,
    first: 'later',
    timers,
    what: {
      failed: 'closures were not looked through; it is tried again',
      succeeds: 'closures are looked through again',
    },
    troubles,
  });
}
