import type { ProjectDetails } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export function getProject({ storage }: World) {
  return async (caller: Caller, name: string): Promise<ProjectDetails> => {
    allow(caller.principal, 'project.read', name);
    return storage.getProject({ name });
  };
}
