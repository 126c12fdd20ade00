import type { TaskDefinition } from '../core/tasks/definition.ts';
import { filesPublish } from './files-publish/definition.ts';
import { postgresRun } from './postgres-run/definition.ts';

/** The tasks that every server has. The worker of `labkeep up`, and `labkeep worker`, have handlers for them. */
export const builtInTasks: readonly TaskDefinition[] = [filesPublish, postgresRun];
