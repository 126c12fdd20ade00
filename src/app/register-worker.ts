import { Fault } from '../core/faults.ts';
import { checkWord, runBounds } from '../core/jobs/record.ts';
import { checkInteger, checkName } from '../core/jobs/specify.ts';
import { checkProtocol } from '../core/leases/protocol.ts';
import type { NewTask } from '../core/tasks/definition.ts';
import { checkText } from '../core/text.ts';
import type { RegisteredWorker } from '../ports/records/workers.ts';
import { allow, refuseAttempts } from './access.ts';
import type { Caller } from './caller.ts';
import type { TaskRegistry } from './task-registry.ts';
import type { World } from './world.ts';

export interface RegisterWorker {
  /** What the worker speaks; the oldest if it does not say. */
  readonly protocol?: number | undefined;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly tasks?: readonly string[] | undefined;
  readonly capacity?: number | undefined;
  readonly accept?: readonly string[] | undefined;
  /** Where it runs. */
  readonly host?: string | null | undefined;
  readonly account?: string | null | undefined;
  /** Which of those of one name it is. */
  readonly instance?: string | null | undefined;
  /** Tasks that it has handlers for, and what they are. */
  readonly declares?: readonly NewTask[] | undefined;
}

export const workerBounds = {
  labels: 100,
  labelLength: 1_000,
  tasks: 1_000,
  accept: 1_000,
  capacity: 10_000,
} as const;

export function registerWorker({ storage }: World, registry: TaskRegistry) {
  return async (caller: Caller, request: RegisterWorker): Promise<RegisteredWorker> => {
    refuseAttempts(caller.principal, 'register a worker');
    allow(caller.principal, 'work', null);
    checkProtocol(request.protocol);
    const principal = caller.principal.name;
    const { labels = {}, tasks = [], accept = [], host = null, account = null, instance = null } = request;
    checkLabels(labels);
    const profile = {
      name: checkName(request.name, 'name'),
      principal,
      labels,
      tasks: checkNames(tasks, 'tasks', workerBounds.tasks),
      capacity: checkInteger(request.capacity ?? 1, 'capacity', 0, workerBounds.capacity),
      accept: checkNames(accept, 'accept', workerBounds.accept),
      host: host === null ? null : checkWord(host, 'host', runBounds.hostLength),
      account: account === null ? null : checkWord(account, 'account', runBounds.accountLength),
      instance: instance === null ? null : checkName(instance, 'instance'),
    };
    const declared = await registry.check(request.declares ?? [], 'declares');
    if (declared.length > 0) await storage.declareTasks({ by: { principal }, tasks: declared });
    return storage.registerWorker({ profile });
  };
}

function checkLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  if (entries.length > workerBounds.labels)
    throw new Fault('invalid_field', {
      field: 'labels',
      found: entries.length,
      expected: `at most ${workerBounds.labels} labels`,
    });
  for (const [name, value] of entries) {
    checkName(name, 'labels');
    checkText(value, `labels.${name}`, workerBounds.labelLength);
  }
}

/** `*` stands for everything, where names are tasks. */
function checkNames(names: readonly string[], field: string, max: number): readonly string[] {
  if (names.length > max)
    throw new Fault('invalid_field', { field, found: names.length, expected: `at most ${max} names` });
  return names.map((name, index) =>
    name === '*' && field === 'tasks' ? name : checkName(name, `${field}[${index}]`),
  );
}
