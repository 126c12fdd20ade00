/** From a request to a job that may be stored in this project, by this principal: references are made whole here. */
import { mayDo, type Principal } from '../core/access/roles.ts';
import { Fault } from '../core/faults.ts';
import type { Dependency, JobSpec } from '../core/jobs/job.ts';
import { readReference, writeReference } from '../core/jobs/reference.ts';
import { type JobRequest, specifyJob } from '../core/jobs/specify.ts';

/** `at` is the place of the job in the request: `` or `jobs[3].`. */
export function specifyInProject(
  principal: Principal,
  project: string,
  request: JobRequest,
  at: string,
): JobSpec {
  const spec = specifyJob(request, principal.name, at);
  const after = spec.after.map((dependency, index) =>
    resolve(principal, project, dependency, `${at}after[${index}].job`),
  );
  return { ...spec, after, parent: parentOf(principal, project, spec.parent, `${at}parent`) };
}

/** In a request of one job, an index can only mean the job itself. */
export function refuseIndexes(request: JobRequest): void {
  request.after?.forEach(({ job }, index) => {
    if (typeof job !== 'number') return;
    const field = `after[${index}].job`;
    if (job === 0)
      throw new Fault('dependency_cycle', { field, found: job, expected: 'another job than itself' });
    throw new Fault('dependency_unknown', { field, found: job, expected: 'a reference such as toxd/12' });
  });
}

/** A number or a reference of the same project; children of an attempt’s job stay below it. */
export function parentOf(
  principal: Principal,
  project: string,
  parent: string | null,
  field: string,
): string | null {
  const own = principal.attempt?.number;
  if (parent === null) return own ?? null;
  const place = readReference(parent, field, project);
  if (place.project !== project)
    throw new Fault('invalid_field', {
      field,
      found: parent,
      expected: `a job of ${project}, like its children`,
    });
  if (own !== undefined && place.number !== own && !place.number.startsWith(`${own}.`))
    throw new Fault('forbidden', {
      detail: 'The token of an attempt submits only below its own job',
      field,
      found: parent,
      expected: own,
    });
  return place.number;
}

function resolve(principal: Principal, project: string, dependency: Dependency, field: string): Dependency {
  if (typeof dependency.job === 'number') return dependency;
  const place = readReference(dependency.job, field, project);
  // The same answer as for a job that does not exist: who may not read a project learns nothing of it.
  if (place.project !== project && !mayDo(principal.grants, 'project.read', place.project))
    throw new Fault('dependency_unknown', { field, found: dependency.job });
  return { job: writeReference(place), on: dependency.on };
}
