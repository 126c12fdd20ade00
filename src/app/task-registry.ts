import { Fault } from '../core/faults.ts';
import type { JobRequest } from '../core/jobs/specify.ts';
import { nearestName } from '../core/nearest-name.ts';
import { canonicalJson } from '../core/tasks/canonical.ts';
import { checkTask, type NewTask, type TaskDefinition } from '../core/tasks/definition.ts';
import { prepareTask } from '../core/tasks/prepare.ts';
import type { World } from './world.ts';

/** Where a definition comes from: the program itself, a file that this server reads, or a worker. */
export type TaskSource = 'built-in' | 'file' | 'worker';

export interface RegisteredTask {
  readonly task: TaskDefinition;
  readonly source: TaskSource;
  /** Whose worker has declared it; null for the other sources. */
  readonly principal: string | null;
}

/**
 * Whether a run whose command is not that of the task is asked what the task asks: that is run beside it, so no other
 * principal's worker may have a say in it.
 */
export function mayAsk({ principal }: RegisteredTask, owner: string): boolean {
  return principal === null || principal === owner;
}

export interface PreparedRequest {
  readonly request: JobRequest;
  /** Of a run of a registered task: the digest of its parameters. */
  readonly once?: string;
}

/** All tasks that the server knows. The program’s own stand before those of the file, and these before declared ones. */
export class TaskRegistry {
  readonly #world: World;
  readonly #builtIn: ReadonlyMap<string, TaskDefinition>;
  #file: ReadonlyMap<string, TaskDefinition> = new Map();

  constructor(world: World, builtIn: readonly TaskDefinition[]) {
    this.#world = world;
    this.#builtIn = new Map(builtIn.map((task) => [task.name, task]));
  }

  /** Takes the definitions of the file in place of those that it had; refused whole if one of them is wrong. */
  async setFile(tasks: readonly NewTask[]): Promise<void> {
    const checked = await this.check(tasks, 'task');
    this.#file = new Map(checked.map((task) => [task.name, task]));
  }

  /** Definitions that somebody gives, each name once and none of the program’s own. */
  async check(tasks: readonly NewTask[], field: string): Promise<readonly TaskDefinition[]> {
    const checked = new Map<string, TaskDefinition>();
    for (const [index, given] of tasks.entries()) {
      const task = checkTask(given, `${field}[${index}].`);
      if (this.#builtIn.has(task.name) || checked.has(task.name))
        throw new Fault('invalid_field', {
          field: `${field}[${index}].name`,
          found: task.name,
          expected: checked.has(task.name) ? 'each name once' : 'another name than those of built-in tasks',
        });
      const problem = await this.#world.schemas.problemOf(task.parameters);
      if (problem !== null)
        throw new Fault('invalid_field', {
          field: `${field}[${index}].parameters`,
          found: task.parameters,
          expected: `a JSON Schema (${problem})`,
        });
      checked.set(task.name, task);
    }
    return [...checked.values()];
  }

  async find(name: string): Promise<RegisteredTask | null> {
    const own = this.#own(name);
    if (own !== null) return own;
    const declared = await this.#world.storage.findTask({ name });
    return declared === null
      ? null
      : { task: declared.task, source: 'worker', principal: declared.principal };
  }

  async get(name: string): Promise<RegisteredTask> {
    const found = await this.find(name);
    if (found !== null) return found;
    const { items } = await this.list();
    const nearest = nearestName(
      name,
      items.map(({ task }) => task.name),
    );
    const detail = nearest === null ? {} : { detail: `There is no task ${name}; ${nearest} is near` };
    throw new Fault('task_unknown', { found: name, ...detail });
  }

  /** All of them by name, at one place in the order of events. */
  async list() {
    const { items, asOf } = await this.#world.storage.listTasks();
    const all = new Map<string, RegisteredTask>();
    for (const { task, principal } of items) all.set(task.name, { task, source: 'worker', principal });
    for (const name of [...this.#file.keys(), ...this.#builtIn.keys()]) {
      const own = this.#own(name);
      if (own !== null) all.set(name, own);
    }
    const sorted = [...all.values()].sort((one, other) => (one.task.name < other.task.name ? -1 : 1));
    return { items: sorted, asOf };
  }

  /** Parameters as the task has them, with its defaults. */
  async complete(task: TaskDefinition, parameters: unknown, at = ''): Promise<unknown> {
    const completed = await this.#world.schemas.complete(task.parameters, parameters ?? {});
    if ('value' in completed) return completed.value;
    const { place, found, expected } = completed;
    throw new Fault('invalid_field', { field: `${at}parameters${place}`, found, expected });
  }

  /** What tells runs of one task apart. */
  digestOf(parameters: unknown): string {
    return this.#world.secrets.digest(canonicalJson(parameters));
  }

  /** Requests that name a registered task, with what follows from it; others as they are. `at` names their places. */
  async prepare(
    owner: string,
    requests: readonly JobRequest[],
    at: (index: number) => string,
  ): Promise<readonly PreparedRequest[]> {
    const known = new Map<string, RegisteredTask | null>();
    const prepared: PreparedRequest[] = [];
    for (const [index, request] of requests.entries()) {
      const name = request.task ?? null;
      if (name !== null && !known.has(name)) known.set(name, await this.find(name));
      const task = name === null ? null : (known.get(name) ?? null);
      prepared.push(task === null ? { request } : await this.#prepare(task, owner, request, at(index)));
    }
    return prepared;
  }

  async #prepare(
    registered: RegisteredTask,
    owner: string,
    request: JobRequest,
    at: string,
  ): Promise<PreparedRequest> {
    const { task } = registered;
    const parameters = await this.complete(task, request.parameters, at);
    const prepared = prepareTask(task, request, parameters, at);
    // What runs a command of its own is another piece of work with each command.
    if (request.command == null) return { request: prepared, once: this.digestOf(parameters) };
    const { asks: _, ...unasked } = prepared;
    return { request: mayAsk(registered, owner) ? prepared : unasked };
  }

  #own(name: string): RegisteredTask | null {
    const builtIn = this.#builtIn.get(name);
    if (builtIn !== undefined) return { task: builtIn, source: 'built-in', principal: null };
    const ofFile = this.#file.get(name);
    return ofFile === undefined ? null : { task: ofFile, source: 'file', principal: null };
  }
}
