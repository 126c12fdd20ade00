import type { JobRecord } from '../core/jobs/job.ts';
import { type RunEndRequest, specifyRunEnd } from '../core/jobs/record.ts';
import type { AttemptClaim } from '../ports/records/workers.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

/** Ends a run of the caller’s own, at any time: a run that was lost takes its late end. */
export function finishRun({ storage }: World) {
  return async (
    { principal }: Caller,
    { attempt, epoch, ...end }: AttemptClaim & RunEndRequest,
  ): Promise<JobRecord> => storage.finishRun({ by: principal, attempt, epoch, end: specifyRunEnd(end) });
}
