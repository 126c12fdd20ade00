import type { NamedDirectory } from '../ports/records/directories.ts';
import type { Page } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

/** Of a project, or (null) of the server. */
export function listDirectories({ storage }: World) {
  return async (caller: Caller, project: string | null, page: PageRequest): Promise<Page<NamedDirectory>> => {
    allow(caller.principal, project === null ? 'server.read' : 'project.read', project);
    return storage.listDirectories({ project, ...pageOf(page) });
  };
}
