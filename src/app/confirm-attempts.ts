import type { AttemptClaim, ConfirmAnswer } from '../ports/records/workers.ts';
import { allow, refuseAttempts } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface ConfirmAttempts {
  readonly worker: number;
  readonly attempts: readonly AttemptClaim[];
}

export function confirmAttempts({ storage }: World) {
  return async (caller: Caller, { worker, attempts }: ConfirmAttempts): Promise<ConfirmAnswer> => {
    refuseAttempts(caller.principal, 'start attempts');
    allow(caller.principal, 'work', null);
    return storage.confirmAttempts({ worker, principal: caller.principal.name, attempts });
  };
}
