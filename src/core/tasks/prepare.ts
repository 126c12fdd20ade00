import { Fault } from '../faults.ts';
import type { JobRequest } from '../jobs/specify.ts';
import { distinctLocks, readLocks, readLockWish } from '../locks/wishes.ts';
import { asksOf } from './asks.ts';
import { isObject, type TaskDefinition } from './definition.ts';
import { fill } from './fill.ts';

/**
 * What a request becomes that names a registered task, its parameters completed: the request has the last word on limits,
 * retries and resources, the task on its command; locks are those of both.
 */
export function prepareTask(
  task: TaskDefinition,
  request: JobRequest,
  parameters: unknown,
  at: string,
): JobRequest {
  const values = isObject(parameters) ? parameters : {};
  if (task.command !== null && request.command != null)
    throw new Fault('invalid_field', {
      field: `${at}command`,
      found: request.command,
      expected: `no command: the task ${task.name} has its own`,
    });
  if (request.submit === false)
    throw new Fault('invalid_field', {
      field: `${at}submit`,
      found: false,
      expected: `true: runs of the task ${task.name} are checked when they are asked for, and are no drafts`,
    });
  const locks = fill(task.locks, values).map((text) => readLockWish(text, `${at}parameters`));
  const command = task.command === null ? request.command : fill(task.command, values);
  const asked = (request.locks ?? []).length === 0 ? [] : readLocks(request.locks ?? [], `${at}locks`);
  const all = distinctLocks([...asked, ...locks]);
  return {
    ...request,
    parameters,
    command,
    title: request.title ?? task.title,
    resources: request.resources ?? task.resources ?? undefined,
    limits: { ...task.limits, ...request.limits },
    retry: { ...task.retry, ...request.retry },
    onLost: request.onLost ?? task.onLost,
    ...(all.length === 0 ? {} : { locks: all }),
    ...asking(task),
  };
}

function asking(task: TaskDefinition): Pick<JobRequest, 'asks'> {
  const asks = asksOf(task);
  return asks === null ? {} : { asks };
}
