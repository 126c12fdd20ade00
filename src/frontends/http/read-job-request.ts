import type { EditJob } from '../../app/edit-job.ts';
import { Fault } from '../../core/faults.ts';
import type { JobRequest } from '../../core/jobs/specify.ts';
import { type JobState, jobStates } from '../../core/jobs/states.ts';
import type { JobChanges, NewJob } from './schemas/jobs.ts';

/** A posted job as the use cases take it: times become numbers. */
export function readNewJob(body: NewJob): JobRequest {
  const { notBefore, ...rest } = body;
  return notBefore === undefined ? rest : { ...rest, notBefore: readTime(notBefore) };
}

export function readJobChanges(body: JobChanges): EditJob {
  const { notBefore, ...rest } = body;
  return notBefore === undefined ? rest : { ...rest, notBefore: readTime(notBefore) };
}

/** `running,ready` → the states; undefined for all. */
export function readStates(text: string | undefined): readonly JobState[] | undefined {
  return text?.split(',').map((word) => {
    const state = jobStates.find((known) => known === word);
    if (state === undefined)
      throw new Fault('invalid_field', {
        field: 'state',
        found: word,
        expected: `one or several of ${jobStates.join(', ')}`,
      });
    return state;
  });
}

/** The schema has seen to it that this is a time. */
function readTime(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}
