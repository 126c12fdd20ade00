import { declaredTask, type NewTask, type TaskDeclaration } from '@labkeep/client';
import type { Handler } from './handler-work.ts';
import { type Running, startRunning } from './running.ts';
import { defaultLimits, type WorkerSettings } from './settings.ts';

export type { Handler, HandlerContext, HandlerResult } from './handler-work.ts';
export { systemHost } from './host.ts';
export { FolderHeldError, FolderLockError } from './journal/folder-hold.ts';
export type { WorkerLimits, WorkerSettings } from './settings.ts';

export interface Worker {
  /**
   * A handler for jobs that name this task and no command. Before `start`. With a declaration the task is registered:
   * it can be run by its name, its parameters are checked, and its locks are taken.
   */
  handle(task: string, handler: Handler, declaration?: TaskDeclaration): void;
  /**
   * Resolves when the folder is held and what a former process left is taken up. Whether a server answers does not
   * matter: the worker goes on asking.
   */
  start(): Promise<void>;
  /** Ends what runs, and resolves when nothing of the worker is left but its journal. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

/** A process that asks for work, runs it, and reports. It may be started and stopped any number of times. */
export function createWorker(settings: WorkerSettings): Worker {
  const handlers = new Map<string, Handler>();
  const declares: NewTask[] = [];
  let running: Running | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  /** One start or stop after the other, whoever asks for them. */
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const done = turn.then(act);
    turn = Promise.allSettled([done]);
    return done;
  };
  return {
    handle: (task, handler, declaration) => {
      if (running !== null)
        throw new Error('handlers are named before the worker starts: the server is told of them then');
      handlers.set(task, handler);
      if (declaration !== undefined) declares.push(declaredTask(task, declaration));
    },
    start: () =>
      inTurn(async () => {
        running ??= await startRunning(settings, { handlers: new Map(handlers), declares: [...declares] });
      }),
    stop: (options = {}) =>
      inTurn(async () => {
        await running?.stop(options.graceMs ?? settings.limits?.stopGraceMs ?? defaultLimits.stopGraceMs);
        running = null;
      }),
  };
}
