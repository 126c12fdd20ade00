import type { Principal } from '../core/access/roles.ts';
import { Fault } from '../core/faults.ts';
import type { JobDetails, JobRecord, JobSpec } from '../core/jobs/job.ts';
import { newDetails } from '../core/jobs/new-job.ts';
import { refuseCycles } from '../core/jobs/order.ts';
import { bounds, type JobRequest } from '../core/jobs/specify.ts';
import { allow } from './access.ts';
import { allowBuilders } from './allow-building.ts';
import { actorOf, type Caller } from './caller.ts';
import { placeRequests } from './directory-paths.ts';
import { refuseIndexes, specifyInProject } from './specify-in-project.ts';
import type { TaskRegistry } from './task-registry.ts';
import { hideForeignRun } from './task-runs.ts';
import type { World } from './world.ts';

/** Submits one job; its faults name fields of the job itself. */
export function submitJob({ storage }: World, tasks: TaskRegistry) {
  return async (caller: Caller, project: string, request: JobRequest): Promise<JobDetails> => {
    allowSubmission(caller.principal, project);
    refuseIndexes(request);
    return insertOne(
      storage,
      caller,
      project,
      await specifyOne({ storage, tasks }, caller, project, request),
    );
  };
}

/** Submits 1 to 1,000 jobs, all or none. */
export function submitJobs({ storage }: World, tasks: TaskRegistry) {
  return async (
    caller: Caller,
    project: string,
    requests: readonly JobRequest[],
  ): Promise<readonly JobRecord[]> => {
    allowSubmission(caller.principal, project);
    if (requests.length === 0 || requests.length > bounds.jobsPerRequest)
      throw new Fault('invalid_field', {
        field: 'jobs',
        found: requests.length,
        expected: `1 to ${bounds.jobsPerRequest} jobs`,
      });
    const at = (index: number): string => `jobs[${index}].`;
    const jobs = await specifyAll({ storage, tasks }, caller, project, requests, at);
    refuseCycles(jobs);
    return storage.insertJobs({ by: actorOf(caller), project, jobs }).catch(hideForeignRun(caller.principal));
  };
}

interface Around {
  readonly storage: World['storage'];
  readonly tasks: TaskRegistry;
}

/** What may be stored of requests: with what their tasks say, and with paths in the place of aliases. */
async function specifyAll(
  { storage, tasks }: Around,
  caller: Caller,
  project: string,
  requests: readonly JobRequest[],
  at: (index: number) => string,
): Promise<readonly JobSpec[]> {
  const prepared = await tasks.prepare(caller.principal.name, requests, at);
  const placed = await placeRequests(
    storage,
    project,
    prepared.map(({ request }) => request),
    at,
  );
  const specs = placed.map((request, index) => {
    const spec = specifyInProject(caller.principal, project, request, at(index));
    const once = prepared[index]?.once;
    return once === undefined ? spec : { ...spec, once };
  });
  for (const { locks = [] } of specs) await allowBuilders(storage, caller.principal, locks);
  return specs;
}

/** The same of one request, whose fields stand alone. */
export async function specifyOne(
  around: Around,
  caller: Caller,
  project: string,
  request: JobRequest,
): Promise<JobSpec> {
  const [spec] = await specifyAll(around, caller, project, [request], () => '');
  if (spec === undefined) throw new Error('a request was given, and no job came of it');
  return spec;
}

/** Inserts one job and answers with all of it. */
export async function insertOne(
  storage: World['storage'],
  caller: Caller,
  project: string,
  job: JobSpec,
): Promise<JobDetails> {
  const [record] = await storage
    .insertJobs({ by: actorOf(caller), project, jobs: [job] })
    .catch(refuseAlone)
    .catch(hideForeignRun(caller.principal));
  if (record === undefined) throw new Error('the storage inserted a job and gave none back');
  return newDetails(record, job);
}

/** The storage names fields of a list; of a job that came alone, the field stands alone. */
function refuseAlone(error: unknown): never {
  if (!(error instanceof Fault) || error.said.field === undefined) throw error;
  throw new Fault(error.code, { ...error.said, field: error.said.field.replace(/^jobs\[0\]\./, '') }, error);
}

/** Contributors submit; so does a running attempt, below its own job. */
function allowSubmission(principal: Principal, project: string): void {
  if (principal.attempt?.project !== project) allow(principal, 'job.write', project);
}
