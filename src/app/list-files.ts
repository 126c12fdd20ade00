import type { FileRecord } from '../core/jobs/job.ts';
import type { JobPlace } from '../core/jobs/reference.ts';
import type { Page } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { hideForeign } from './hide-foreign.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export function listFiles({ storage }: World) {
  return async (caller: Caller, place: JobPlace, page: PageRequest): Promise<Page<FileRecord>> => {
    allow(caller.principal, 'project.read', place.project);
    const files = await storage.listFiles({ ...place, ...pageOf(page) });
    return { ...files, items: hideForeign(caller.principal, files.items) };
  };
}
