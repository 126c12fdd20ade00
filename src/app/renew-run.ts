import { checkText } from '../core/text.ts';
import type { AttemptClaim } from '../ports/storage.ts';
import type { Caller } from './caller.ts';
import { progressTextLength } from './renew-attempts.ts';
import type { World } from './world.ts';

export interface RenewRun extends AttemptClaim {
  readonly progress?:
    | { readonly fraction?: number | null | undefined; readonly text?: string | null | undefined }
    | undefined;
}

/** A run is its owner’s: the storage refuses all others. */
export function renewRun({ storage }: World) {
  return async (
    { principal }: Caller,
    { attempt, epoch, progress }: RenewRun,
  ): Promise<{ readonly leaseMs: number; readonly cancel: boolean }> => {
    const { fraction = null, text = null } = progress ?? {};
    if (text !== null) checkText(text, 'progress.text', progressTextLength);
    const said = fraction === null && text === null ? null : { fraction, text };
    return storage.renewRun({ by: principal, attempt, epoch, progress: said });
  };
}
