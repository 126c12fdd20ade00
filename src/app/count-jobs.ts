import type { JobCounts } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

/** How many jobs of a project are in which state; those in the trash are left out. */
export function countJobs({ storage }: World) {
  return async (caller: Caller, project: string): Promise<JobCounts> => {
    allow(caller.principal, 'project.read', project);
    return storage.countJobs({ project });
  };
}
