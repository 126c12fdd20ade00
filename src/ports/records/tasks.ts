import type { JobPlace } from '../../core/jobs/reference.ts';
import type { TaskDefinition } from '../../core/tasks/definition.ts';
import type { Actor, Page } from '../storage.ts';

/** A task that a worker has declared. */
export interface DeclaredTask {
  readonly task: TaskDefinition;
  /** Whose workers may declare it anew. */
  readonly principal: string;
  readonly declaredAt: number;
}

export interface TaskStorage {
  /** Registers tasks, or replaces them; one that another principal has declared is refused. */
  declareTasks(params: { readonly by: Actor; readonly tasks: readonly TaskDefinition[] }): Promise<void>;
  /** Null if no worker has declared it. */
  findTask(params: { readonly name: string }): Promise<DeclaredTask | null>;
  /** All, by name. */
  listTasks(): Promise<Page<DeclaredTask>>;
  /** The newest run of a task with the parameters of this digest. */
  findTaskRun(params: { readonly task: string; readonly digest: string }): Promise<JobPlace | null>;
}
