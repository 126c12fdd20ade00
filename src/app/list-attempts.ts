import type { AttemptRecord } from '../core/jobs/job.ts';
import type { JobPlace } from '../core/jobs/reference.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export function listAttempts({ storage }: World) {
  return async (caller: Caller, place: JobPlace): Promise<readonly AttemptRecord[]> => {
    allow(caller.principal, 'project.read', place.project);
    return storage.listAttempts(place);
  };
}
