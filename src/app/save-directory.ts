import { plainPath } from '../core/files/paths.ts';
import { checkName } from '../core/jobs/specify.ts';
import type { NamedDirectory } from '../ports/records/directories.ts';
import { allow } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import type { World } from './world.ts';

/** Registers a directory of a project, or (null) of the server; one that is known moves. */
export function saveDirectory({ storage }: World) {
  return async (
    caller: Caller,
    project: string | null,
    { alias, path }: NamedDirectory,
  ): Promise<NamedDirectory> => {
    allow(caller.principal, project === null ? 'server.manage' : 'project.change', project);
    checkName(alias, 'alias');
    return storage.saveDirectory({ by: actorOf(caller), project, alias, path: plainPath(path, 'path') });
  };
}
