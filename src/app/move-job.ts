import { Fault } from '../core/faults.ts';
import type { JobDetails, JobRecord } from '../core/jobs/job.ts';
import type { JobPlace } from '../core/jobs/reference.ts';
import type { JobAct } from '../ports/storage.ts';
import { allow, allowChange } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import type { World } from './world.ts';

/** One act of a person on one job: submit, cancel, retry, hold, release, restore. Answers with the job as it is then. */
export function moveJob({ storage }: World) {
  return async (caller: Caller, place: JobPlace, act: Exclude<JobAct, 'trash'>): Promise<JobDetails> => {
    const details = await jobToChange(storage, caller, place);
    return { ...details, ...(await moveOne(storage, caller, place, act)) };
  };
}

/** Moves one job to the trash; an unfinished one is cancelled first. */
export function trashJob({ storage }: World) {
  return async (caller: Caller, place: JobPlace): Promise<void> => {
    await jobToChange(storage, caller, place);
    await moveOne(storage, caller, place, 'trash');
  };
}

/** Takes a job in the trash out of the record for good. Only managers do so while others rest on it (`force`). */
export function purgeJob({ storage }: World) {
  return async (caller: Caller, place: JobPlace, force: boolean): Promise<void> => {
    if (force) allow(caller.principal, 'job.manage', place.project);
    await jobToChange(storage, caller, place).catch((error: unknown) => {
      // A repeated purge finds no job, and is answered as the first was.
      const isGone = error instanceof Fault && error.code === 'job_unknown';
      if (!isGone || caller.idempotency === undefined) throw error;
    });
    await storage.purgeJobs({ by: actorOf(caller), places: [place], force });
  };
}

async function jobToChange(storage: World['storage'], caller: Caller, place: JobPlace): Promise<JobDetails> {
  allow(caller.principal, 'job.write', place.project);
  const details = await storage.getJob(place);
  allowChange(caller.principal, place, details.owner);
  return details;
}

async function moveOne(
  storage: World['storage'],
  caller: Caller,
  place: JobPlace,
  act: JobAct,
): Promise<JobRecord> {
  const [record] = await storage.moveJobs({ by: actorOf(caller), places: [place], act });
  if (record === undefined) throw new Error('the storage moved a job and gave none back');
  return record;
}
