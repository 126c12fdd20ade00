import { mayDo } from '../core/access/roles.ts';
import { Fault } from '../core/faults.ts';
import type { JobDetails, Progress } from '../core/jobs/job.ts';
import type { JobRequest } from '../core/jobs/specify.ts';
import { expectedEnd, progressOfRun } from '../core/tasks/progress.ts';
import type { Page } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { submitJob } from './submit-jobs.ts';
import type { RegisteredTask, TaskRegistry } from './task-registry.ts';
import type { World } from './world.ts';

/** Where runs go that name no project: made when it is first needed. */
export const operations = 'operations';

export interface RunTask extends Omit<JobRequest, 'task' | 'command' | 'locks'> {
  readonly project?: string | undefined;
}

/** How the newest run of a task with some parameters stands, or how it ended. */
export interface TaskStatus {
  readonly task: RegisteredTask;
  readonly parameters: unknown;
  readonly job: JobDetails;
  readonly progress: Progress | null;
  /** When it will have ended, if it goes on as it has so far; null where nothing can be said. */
  readonly expectedAt: number | null;
  /** What the last attempt said of its failure. */
  readonly error: string | null;
}

export function listTasks(registry: TaskRegistry) {
  return async ({ principal }: Caller, page: PageRequest): Promise<Page<RegisteredTask>> => {
    allow(principal, 'server.read', null);
    const { limit, after = '' } = pageOf(page);
    const { items, asOf } = await registry.list();
    const beyond = items.filter(({ task }) => task.name > after);
    const shown = beyond.slice(0, limit);
    return { items: shown, next: beyond.length > limit ? (shown.at(-1)?.task.name ?? null) : null, asOf };
  };
}

export function getTask(registry: TaskRegistry) {
  return async ({ principal }: Caller, name: string): Promise<RegisteredTask> => {
    allow(principal, 'server.read', null);
    return registry.get(name);
  };
}

export function runTask({ storage }: World, registry: TaskRegistry, submit: ReturnType<typeof submitJob>) {
  return async (caller: Caller, name: string, run: RunTask): Promise<JobDetails> => {
    const { project = operations, ...request } = run;
    await registry.get(name);
    const submitted = { ...request, task: name };
    try {
      return await submit(caller, project, submitted);
    } catch (error) {
      if (project !== operations || !isFault(error, 'project_unknown')) throw error;
      await makeOperations(storage);
      return await submit(caller, project, submitted);
    }
  };
}

async function makeOperations(storage: World['storage']): Promise<void> {
  try {
    const by = { principal: 'labkeep' };
    const title = 'Runs of tasks that belong to no other project';
    await storage.createProject({ by, name: operations, title, directory: null, metadata: null });
  } catch (error) {
    // Another run made it first.
    if (!isFault(error, 'project_exists')) throw error;
  }
}

export function taskStatus({ storage }: World, registry: TaskRegistry) {
  return async ({ principal }: Caller, name: string, given: unknown): Promise<TaskStatus> => {
    allow(principal, 'server.read', null);
    const task = await registry.get(name);
    const parameters = await registry.complete(task.task, given);
    const place = await storage.findTaskRun({ task: name, digest: registry.digestOf(parameters) });
    // The same answer as for one that never ran: who may not read a project learns nothing of it.
    if (place === null || !mayDo(principal.grants, 'project.read', place.project))
      throw new Fault('task_not_run', { found: parameters });
    const job = await storage.getJob(place);
    const attempts = await storage.listAttempts(place);
    const progress = progressOfRun(job, job.progress);
    const error = attempts.at(-1)?.error ?? null;
    return { task, parameters, job, progress, expectedAt: expectedEnd(job, job.progress), error };
  };
}

function isFault(error: unknown, code: Fault['code']): error is Fault {
  return error instanceof Fault && error.code === code;
}
