import type { Handler } from '../worker/worker.ts';
import { filesPublish } from './files-publish/definition.ts';
import { publishRelease } from './files-publish/handler.ts';
import { postgresRun } from './postgres-run/definition.ts';
import { runSqlFiles } from './postgres-run/handler.ts';
import type { TaskSurroundings } from './surroundings.ts';

/** Who does the work of the built-in tasks. */
export function builtInHandlers(surroundings: TaskSurroundings): ReadonlyMap<string, Handler> {
  return new Map([
    [filesPublish.name, publishRelease(surroundings)],
    [postgresRun.name, runSqlFiles(surroundings)],
  ]);
}
