import type { Handler } from '../worker/worker.ts';
import { postgresRun } from './postgres-run/definition.ts';
import { runSqlFiles, type TaskSurroundings } from './postgres-run/handler.ts';

/** Who does the work of the built-in tasks. */
export function builtInHandlers(surroundings: TaskSurroundings): ReadonlyMap<string, Handler> {
  return new Map([[postgresRun.name, runSqlFiles(surroundings)]]);
}
