import { mayDo } from '../core/access/roles.ts';
import { Fault } from '../core/faults.ts';
import { type Difference, diffJobs } from '../core/jobs/diff.ts';
import { filesShown } from '../core/jobs/job.ts';
import { type JobPlace, readReference, writeReference } from '../core/jobs/reference.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface JobDiff {
  readonly left: string;
  readonly right: string;
  readonly fields: readonly Difference[];
  /** False where a job has more files than were looked at. */
  readonly complete: boolean;
}

export function compareJobs({ storage }: World) {
  return async ({ principal }: Caller, place: JobPlace, other: string): Promise<JobDiff> => {
    allow(principal, 'project.read', place.project);
    const second = readReference(other, 'with', place.project);
    // The same answer as for a job that does not exist: who may not read a project learns nothing of it.
    if (!mayDo(principal.grants, 'project.read', second.project))
      throw new Fault('job_unknown', { field: 'with', found: other });
    const [left, right] = [await storage.getJob(place), await storage.getJob(second)];
    return {
      left: writeReference(place),
      right: writeReference(second),
      fields: diffJobs(left, right),
      complete: left.files.length < filesShown && right.files.length < filesShown,
    };
  };
}
