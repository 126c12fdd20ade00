import type { AttemptRecord, LateReport } from '../core/jobs/job.ts';
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

/** What came after attempts of a job were over: kept, and nothing changed by it. */
export function listLateReports({ storage }: World) {
  return async (caller: Caller, place: JobPlace): Promise<readonly LateReport[]> => {
    allow(caller.principal, 'project.read', place.project);
    return storage.listLateReports(place);
  };
}
