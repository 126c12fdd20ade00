import { checkText } from '../core/text.ts';
import type { ProgressReport, RenewAnswer } from '../ports/storage.ts';
import { allow, refuseAttempts } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface RenewAttempts {
  readonly worker: number;
  readonly progress: readonly ProgressReport[];
}

export const progressTextLength = 1_000;

export function renewAttempts({ storage }: World) {
  return async (caller: Caller, { worker, progress }: RenewAttempts): Promise<RenewAnswer> => {
    refuseAttempts(caller.principal, 'renew a lease');
    allow(caller.principal, 'work', null);
    progress.forEach(({ text }, index) => {
      if (text !== null) checkText(text, `progress[${index}].text`, progressTextLength);
    });
    return storage.renewAttempts({ worker, principal: caller.principal.name, progress });
  };
}
