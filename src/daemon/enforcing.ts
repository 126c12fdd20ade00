import { enforceClosures } from '../app/enforce-closures.ts';
import type { World } from '../app/world.ts';

const periodMs = 5_000;

/** Looks every few seconds whether closures are kept by their databases; the function that comes back stops. */
export function startEnforcing(world: World): () => Promise<void> {
  const { timers, log } = world;
  const enforce = enforceClosures(world);
  let stopped = false;
  let looking = Promise.resolve();
  let cancel = timers.after(periodMs, look);
  function look(): void {
    looking = enforce()
      .catch((error: unknown) => log?.error({ error }, 'closures were not looked through; it is tried again'))
      .then(() => {
        if (!stopped) cancel = timers.after(periodMs, look);
      });
  }
  return async () => {
    stopped = true;
    cancel();
    await looking;
  };
}
