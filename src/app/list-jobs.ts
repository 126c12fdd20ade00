import { Fault } from '../core/faults.ts';
import type { JobRecord } from '../core/jobs/job.ts';
import { isJobNumber } from '../core/jobs/reference.ts';
import type { JobState } from '../core/jobs/states.ts';
import type { Page } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export interface JobsRequest extends PageRequest {
  readonly project: string;
  readonly states?: readonly JobState[] | undefined;
  /** Only children of this number. */
  readonly parent?: string | undefined;
  readonly newestFirst?: boolean | undefined;
}

export function listJobs({ storage }: World) {
  return async (caller: Caller, request: JobsRequest): Promise<Page<JobRecord>> => {
    const { project, states, parent, newestFirst } = request;
    allow(caller.principal, 'project.read', project);
    if (parent !== undefined && !isJobNumber(parent))
      throw new Fault('invalid_field', {
        field: 'parent',
        found: parent,
        expected: 'a number such as 12 or 12.1',
      });
    return storage.listJobs({
      project,
      ...pageOf(request),
      ...(states === undefined ? {} : { states }),
      ...(parent === undefined ? {} : { parent }),
      ...(newestFirst === undefined ? {} : { newestFirst }),
    });
  };
}
