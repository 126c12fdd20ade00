import { readProgress, type ToldProgress } from '../core/tasks/progress.ts';
import type { AttemptClaim, RenewAnswer } from '../ports/records/workers.ts';
import { allow, refuseAttempts } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface RenewAttempts {
  readonly worker: number;
  readonly progress: readonly (AttemptClaim & ToldProgress)[];
}

export function renewAttempts({ storage }: World) {
  return async (caller: Caller, { worker, progress }: RenewAttempts): Promise<RenewAnswer> => {
    refuseAttempts(caller.principal, 'renew a lease');
    allow(caller.principal, 'work', null);
    const said = progress.map(({ attempt, epoch, ...told }, index) => ({
      attempt,
      epoch,
      ...readProgress(told, `progress[${index}].`),
    }));
    return storage.renewAttempts({ worker, principal: caller.principal.name, progress: said });
  };
}
