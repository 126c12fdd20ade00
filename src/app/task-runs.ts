import { mayDo, type Principal } from '../core/access/roles.ts';
import { Fault } from '../core/faults.ts';
import { readReference } from '../core/jobs/reference.ts';

/** A run of another project is not named to those who may not read that. */
export function hideForeignRun(principal: Principal) {
  return (error: unknown): never => {
    if (!(error instanceof Fault) || error.code !== 'task_already_running') throw error;
    const ref = error.said.facts?.ref;
    if (typeof ref !== 'string') throw error;
    const { project } = readReference(ref, 'task', '');
    if (mayDo(principal.grants, 'project.read', project)) throw error;
    throw new Fault('task_already_running');
  };
}
