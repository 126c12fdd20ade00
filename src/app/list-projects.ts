import type { Page, Project } from '../ports/storage.ts';
import { readable } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

/** Every token may ask; it sees the projects that it may read. */
export function listProjects({ storage }: World) {
  return async (caller: Caller, page: PageRequest): Promise<Page<Project>> => {
    const only = readable(caller.principal);
    return storage.listProjects(only === null ? pageOf(page) : { ...pageOf(page), only });
  };
}
