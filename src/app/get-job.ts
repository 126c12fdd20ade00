import type { JobDetails } from '../core/jobs/job.ts';
import type { JobPlace } from '../core/jobs/reference.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { hideForeign } from './hide-foreign.ts';
import type { World } from './world.ts';

export function getJob({ storage }: World) {
  return async (caller: Caller, place: JobPlace): Promise<JobDetails> => {
    allow(caller.principal, 'project.read', place.project);
    const job = await storage.getJob(place);
    return { ...job, files: hideForeign(caller.principal, job.files) };
  };
}
