import type { StaleJob } from '../ports/records/provenance.ts';
import type { Page } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

/** Results of a project that rest on what has been made again since. */
export function listStale({ storage }: World) {
  return async (caller: Caller, project: string, page: PageRequest): Promise<Page<StaleJob>> => {
    allow(caller.principal, 'project.read', project);
    return storage.listStale({ project, ...pageOf(page) });
  };
}
