import type { Log } from '../ports/log.ts';
import { createWorker, systemHost, type Worker } from '../worker/worker.ts';

export interface OpenWorkerOptions {
  /** The server's address, and a token of role worker. */
  readonly server: { readonly url: string; readonly token: string };
  /** Its own among the workers of its principal. */
  readonly name: string;
  /** Where it keeps its journal, made if new; no two workers share one. */
  readonly folder: string;
  /** How many jobs run at once (1). */
  readonly capacity?: number;
  /** Whether it runs commands too, or only the tasks that it has handlers for (false). */
  readonly commands?: boolean;
  /** Principals, besides its own, whose jobs it runs. */
  readonly accept?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Registered directories that this machine has in other folders: `{ DATA: '/mnt/data' }`. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly log?: Log;
}

/** A worker in the process of another program: name its handlers, then `start` it. */
export function openWorker(options: OpenWorkerOptions): Worker {
  const { server, name, folder, capacity = 1, commands = false } = options;
  const { accept = [], labels = {}, aliases = {} } = options;
  const worker = createWorker({
    server,
    name,
    folder,
    capacity,
    tasks: commands ? ['command'] : [],
    accept,
    labels,
    aliases: new Map(Object.entries(aliases)),
    environment: process.env,
    log: options.log ?? silent,
    host: systemHost,
  });
  let handlers = 0;
  return {
    ...worker,
    handle: (task, handler, declaration) => {
      worker.handle(task, handler, declaration);
      handlers++;
    },
    start: async () => {
      // A worker that names no task is taken to have all of them.
      if (handlers === 0 && !commands)
        throw new Error('a worker needs a handler, or commands: true, before it starts');
      await worker.start();
    },
  };
}

const silence = (): void => undefined;
const silent: Log = { info: silence, warn: silence, error: silence };
