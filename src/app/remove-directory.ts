import { allow } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import type { World } from './world.ts';

export function removeDirectory({ storage }: World) {
  return async (caller: Caller, project: string | null, alias: string): Promise<void> => {
    allow(caller.principal, project === null ? 'server.manage' : 'project.change', project);
    return storage.removeDirectory({ by: actorOf(caller), project, alias });
  };
}
