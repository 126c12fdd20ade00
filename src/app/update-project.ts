import type { Project } from '../ports/storage.ts';
import { allow } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import { checkProject, type ProjectTexts } from './check-project.ts';
import type { World } from './world.ts';

export interface UpdateProject extends ProjectTexts {
  readonly revision?: number | undefined;
}

export function updateProject({ storage }: World) {
  return async (caller: Caller, name: string, changes: UpdateProject): Promise<Project> => {
    allow(caller.principal, 'project.change', name);
    checkProject(changes);
    const { revision = null, title, directory, metadata } = changes;
    return storage.updateProject({
      by: actorOf(caller),
      name,
      revision,
      ...(title === undefined ? {} : { title }),
      ...(directory === undefined ? {} : { directory }),
      ...(metadata === undefined ? {} : { metadata }),
    });
  };
}
