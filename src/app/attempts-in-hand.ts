/** For workers that name an attempt by its job and epoch, and keep no list of what they hold. */
import { type JobPlace, writeAttempt } from '../core/jobs/reference.ts';
import type { Hands } from '../ports/records/hands.ts';
import { allow, refuseAttempts } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export function listInHand({ storage }: World) {
  return async (caller: Caller, worker: number): Promise<Hands> => {
    allowWork(caller);
    return storage.listInHand({ worker, principal: caller.principal.name });
  };
}

/**
 * The attempt of a job that started under an epoch. Where none did, a name that no attempt had: a report under it is
 * kept as late, as any other of an attempt that is over.
 */
export function attemptOfEpoch({ storage }: World) {
  return async (caller: Caller, place: JobPlace, epoch: number): Promise<string> => {
    allowWork(caller);
    const started = await storage.listAttempts(place);
    const found = started.find((attempt) => attempt.epoch === epoch);
    if (found !== undefined) return writeAttempt(found.jobId, found.attempt);
    const { id } = await storage.getJob(place);
    return writeAttempt(id, (started.at(-1)?.attempt ?? 0) + 1);
  };
}

export function lastOutput({ storage }: World) {
  return async (caller: Caller, attempt: string): Promise<number | null> => {
    allowWork(caller);
    return storage.lastOutput({ attempt });
  };
}

function allowWork({ principal }: Caller): void {
  refuseAttempts(principal, 'see what a worker holds');
  allow(principal, 'work', null);
}
