import type { NamedDirectory } from '../ports/records/directories.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export function getDirectory({ storage }: World) {
  return async (caller: Caller, project: string | null, alias: string): Promise<NamedDirectory> => {
    allow(caller.principal, project === null ? 'server.read' : 'project.read', project);
    return storage.getDirectory({ project, alias });
  };
}
