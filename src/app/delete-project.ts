import { allow } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import type { World } from './world.ts';

export function deleteProject({ storage }: World) {
  return async (caller: Caller, name: string): Promise<void> => {
    allow(caller.principal, 'project.change', name);
    return storage.deleteProject({ by: actorOf(caller), name });
  };
}
