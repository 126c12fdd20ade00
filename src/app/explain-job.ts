import { type JobPlace, writeReference } from '../core/jobs/reference.ts';
import { why } from '../core/jobs/why.ts';
import type { JobSituation } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface Explanation
  extends Pick<JobSituation, 'unmet' | 'ahead'>,
    Pick<JobSituation['job'], 'state' | 'reason'> {
  readonly ref: string;
  readonly sentence: string;
}

/** Why a job is not running, in one sentence. */
export function explainJob({ storage }: World) {
  return async (caller: Caller, place: JobPlace): Promise<Explanation> => {
    allow(caller.principal, 'project.read', place.project);
    const situation = await storage.explainJob(place);
    const { job, unmet, ahead } = situation;
    return {
      ref: writeReference(job),
      state: job.state,
      reason: job.reason,
      sentence: why(situation),
      unmet,
      ahead,
    };
  };
}
