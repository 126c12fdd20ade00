import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type { Job, Task, TaskList, TaskRun, TaskStatus } from './types.ts';

/** Work that is known by its name and its parameters. */
export class Tasks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(query: PageQuery = {}, options?: CallOptions): Promise<TaskList> {
    return this.#transport.json({
      method: 'GET',
      path: '/v1/tasks',
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  each(query: PageQuery = {}, options?: CallOptions): AsyncGenerator<Task, void, undefined> {
    return eachItem(query, (page) => this.list(page, options));
  }

  get(name: string, options?: CallOptions): Promise<Task> {
    return this.#transport.json({ method: 'GET', path: taskPath(name), repeat: 'safe', options });
  }

  /** A job in the project named, else in `operations`; refused while one with the same parameters goes on. */
  run(name: string, run: TaskRun = {}, options?: CallOptions): Promise<Job> {
    return this.#transport.json({
      method: 'POST',
      path: `${taskPath(name)}/run`,
      body: run,
      repeat: 'key',
      options,
    });
  }

  /** The newest run with these parameters: how it stands, or how it ended. */
  status(name: string, parameters: unknown = {}, options?: CallOptions): Promise<TaskStatus> {
    return this.#transport.json({
      method: 'POST',
      path: `${taskPath(name)}/status`,
      body: { parameters },
      repeat: 'safe',
      options,
    });
  }
}

function taskPath(name: string): string {
  return `/v1/tasks/${encodeURIComponent(name)}`;
}
