import { type AnnotationChanges, readAnnotationChanges } from '../core/annotations/annotations.ts';
import { Fault } from '../core/faults.ts';
import type { JobDetails, JobDocument } from '../core/jobs/job.ts';
import { type JobPlace, writeReference } from '../core/jobs/reference.ts';
import { type JobRequest, specifyJob } from '../core/jobs/specify.ts';
import { readLocks } from '../core/locks/wishes.ts';
import type { JobChanges } from '../ports/storage.ts';
import { allow, allowChange } from './access.ts';
import { allowBuilders } from './allow-building.ts';
import { actorOf, type Caller } from './caller.ts';
import { placeRequest } from './directory-paths.ts';
import type { World } from './world.ts';

const documentFields = [
  'command',
  'stdin',
  'directory',
  'environment',
  'parameters',
  'inputs',
  'outputs',
  'notBefore',
  'resources',
  'limits',
  'retry',
  'onLost',
] as const satisfies readonly (keyof JobDocument & keyof JobRequest)[];

export type EditJob = Pick<
  JobRequest,
  'title' | 'priority' | 'metadata' | (typeof documentFields)[number] | 'locks'
> &
  AnnotationChanges & {
    readonly revision?: number | undefined;
  };

export function editJob({ storage }: World) {
  return async (caller: Caller, place: JobPlace, request: EditJob): Promise<JobDetails> => {
    const { principal } = caller;
    const before = principal.attempt === null ? await readOwn(caller, place) : null;
    if (principal.attempt !== null) allowOwnResults(principal.attempt, place, request);
    const { revision = null, ...given } = request;
    const changes = specifyChanges(await placeRequest(storage, place.project, given));
    if (before !== null && changes.document !== undefined) {
      const locks = [...(before.document.locks ?? []), ...(changes.document.locks ?? [])];
      await allowBuilders(storage, principal, locks);
    }
    const record = await storage.editJob({ by: actorOf(caller), place, revision, changes });
    return { ...(await storage.getJob(place)), ...record };
  };

  /** Refuses before reading, so that nothing is learned of a project that may not be changed. */
  async function readOwn({ principal }: Caller, place: JobPlace): Promise<JobDetails> {
    allow(principal, 'job.write', place.project);
    const job = await storage.getJob(place);
    allowChange(principal, place, job.owner);
    return job;
  }
}

const results: readonly string[] = ['metadata', 'tags', 'addTags', 'removeTags', 'numbers', 'revision'];

/** An attempt’s token sets metadata, tags and numbers of its own job, and nothing else. */
function allowOwnResults(
  attempt: { readonly project: string; readonly number: string },
  place: JobPlace,
  request: EditJob,
): void {
  const own = place.project === attempt.project && place.number === attempt.number;
  const other = Object.keys(request).find((name) => !results.includes(name));
  if (own && other === undefined) return;
  throw new Fault('forbidden', {
    detail: `The token of an attempt changes only metadata, tags and numbers of its own job ${writeReference(attempt)}`,
    found: own ? other : writeReference(place),
  });
}

/** The bounds of a job hold for its changes; only what was given is changed. */
function specifyChanges(request: Omit<EditJob, 'revision'>): JobChanges {
  const { locks, ...others } = request;
  const spec = specifyJob(others, '');
  const document = Object.fromEntries(
    documentFields.filter((name) => request[name] !== undefined).map((name) => [name, spec[name]]),
  ) satisfies Partial<JobDocument>;
  const locking = locks === undefined ? {} : { locks: locks.length === 0 ? [] : readLocks(locks, 'locks') };
  const annotations = readAnnotationChanges(request);
  return {
    ...(annotations === null ? {} : { annotations }),
    ...(request.title === undefined ? {} : { title: spec.title }),
    ...(request.priority === undefined ? {} : { priority: spec.priority }),
    ...(request.metadata === undefined ? {} : { metadata: spec.metadata }),
    ...(Object.keys({ ...document, ...locking }).length === 0
      ? {}
      : { document: { ...document, ...locking } }),
  };
}
