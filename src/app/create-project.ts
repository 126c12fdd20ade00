import { checkName } from '../core/jobs/specify.ts';
import type { ProjectDetails } from '../ports/storage.ts';
import { allow } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import { checkProject, type ProjectTexts } from './check-project.ts';
import type { World } from './world.ts';

export interface CreateProject extends ProjectTexts {
  readonly name: string;
}

export function createProject({ storage }: World) {
  return async (caller: Caller, request: CreateProject): Promise<ProjectDetails> => {
    allow(caller.principal, 'project.create', null);
    const name = checkName(request.name, 'name');
    checkProject(request);
    const { title = null, directory = null, metadata = null } = request;
    return storage.createProject({ by: actorOf(caller), name, title, directory, metadata });
  };
}
