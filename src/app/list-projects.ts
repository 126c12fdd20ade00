import { plainPath } from '../core/files/paths.ts';
import type { Page, Project } from '../ports/storage.ts';
import { readable } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export interface ProjectsRequest extends PageRequest {
  /** Only projects whose directory is this folder, or holds it: all of them, the innermost first. */
  readonly folder?: string | undefined;
}

/** Every token may ask; it sees the projects that it may read. */
export function listProjects({ storage }: World) {
  return async (caller: Caller, { folder, ...page }: ProjectsRequest): Promise<Page<Project>> => {
    const only = readable(caller.principal);
    if (folder !== undefined) {
      const holding = { folder: plainPath(folder, 'folder') };
      return storage.listProjectsHolding(only === null ? holding : { ...holding, only });
    }
    return storage.listProjects(only === null ? pageOf(page) : { ...pageOf(page), only });
  };
}
