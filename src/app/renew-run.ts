import { readProgress, saysNothing, type ToldProgress } from '../core/tasks/progress.ts';
import type { AttemptClaim } from '../ports/records/workers.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface RenewRun extends AttemptClaim {
  readonly progress?: ToldProgress | undefined;
}

/** A run is its owner’s: the storage refuses all others. */
export function renewRun({ storage }: World) {
  return async (
    { principal }: Caller,
    { attempt, epoch, progress = {} }: RenewRun,
  ): Promise<{ readonly leaseMs: number; readonly cancel: boolean }> => {
    const said = readProgress(progress, 'progress.');
    return storage.renewRun({ by: principal, attempt, epoch, progress: saysNothing(said) ? null : said });
  };
}
