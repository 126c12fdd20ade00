import { type JobPlace, writeReference } from '../core/jobs/reference.ts';
import { type Situation, why } from '../core/jobs/why.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface Explanation
  extends Pick<Situation, 'unmet' | 'ahead'>,
    Pick<Situation['job'], 'state' | 'reason'> {
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
