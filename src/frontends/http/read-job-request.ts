import type { EditJob } from '../../app/edit-job.ts';
import { Fault } from '../../core/faults.ts';
import type { JobRequest } from '../../core/jobs/specify.ts';
import { type JobState, jobStates } from '../../core/jobs/states.ts';
import type { JobChanges, NewJob } from './schemas/jobs.ts';

/** A posted job as the use cases take it: times become numbers. `at` is its place in the request, such as `jobs[3].`. */
export function readNewJob(body: NewJob, at = ''): JobRequest {
  const { notBefore, ...rest } = body;
  return notBefore === undefined
    ? rest
    : { ...rest, notBefore: notBefore === null ? null : readTime(notBefore, `${at}notBefore`) };
}

export function readJobChanges(body: JobChanges): EditJob {
  const { notBefore, ...rest } = body;
  return notBefore === undefined
    ? rest
    : { ...rest, notBefore: notBefore === null ? null : readTime(notBefore, 'notBefore') };
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

/** The schema has seen to it that this is a time; one within a leap second counts as the second after. */
export function readTime(text: string, field: string): number {
  const [, before = text, leap, after = ''] = /^(.*:)(60)(.*)$/.exec(text) ?? [];
  const at = leap === undefined ? Date.parse(text) : Date.parse(`${before}59${after}`) + 1_000;
  if (at < 0) throw new Fault('invalid_field', { field, found: text, expected: 'a time after 1970' });
  return at;
}
