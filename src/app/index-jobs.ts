import type { Position } from '../core/events/cursor.ts';
import type { JobIndex } from '../core/jobs/job.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export interface JobIndexPage {
  readonly index: JobIndex;
  readonly next: string | null;
  readonly asOf: Position;
}

/** Number, state, task, title and revision of very many jobs, for who shows or keeps a whole project. */
export function indexJobs({ storage }: World) {
  return async (
    caller: Caller,
    { project, ...page }: PageRequest & { readonly project: string },
  ): Promise<JobIndexPage> => {
    allow(caller.principal, 'project.read', project);
    return storage.indexJobs({ project, ...pageOf(page) });
  };
}
