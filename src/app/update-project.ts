import type { ProjectDetails } from '../ports/storage.ts';
import { allow } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import { checkProject, type ProjectTexts } from './check-project.ts';
import type { World } from './world.ts';

export interface UpdateProject extends ProjectTexts {
  readonly revision?: number | undefined;
}

export function updateProject({ storage }: World) {
  return async (caller: Caller, name: string, changes: UpdateProject): Promise<ProjectDetails> => {
    allow(caller.principal, 'project.change', name);
    checkProject(changes);
    const { revision = null, title, directory, metadata, notes } = changes;
    return storage.updateProject({
      by: actorOf(caller),
      name,
      revision,
      ...(title === undefined ? {} : { title }),
      ...(directory === undefined ? {} : { directory }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(notes === undefined ? {} : { notes }),
    });
  };
}
