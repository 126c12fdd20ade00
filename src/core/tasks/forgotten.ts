import { hasTask, type WorkerAbility } from '../dispatch/classes.ts';

const hourMs = 3_600_000;

/** A declared task of which no worker was seen for so long is registered no more. */
export const declaredTasksKeptMs = 7 * 24 * hourMs;

/** Whether it is to be looked for tasks to forget: once an hour, at whichever sweep comes first in it. */
export function isTimeToForget(sweptAt: number, now: number): boolean {
  return Math.floor(now / hourMs) > Math.floor(sweptAt / hourMs);
}

/** A worker that was seen in that time: its account, and what it can do. */
export type SeenWorker = Pick<WorkerAbility, 'principal' | 'tasks'>;

/** Whether a declared task is gone with the workers of its account that had it. */
export function isForgotten(
  it: { readonly name: string; readonly principal: string; readonly declaredAt: number },
  seen: readonly SeenWorker[],
  now: number,
): boolean {
  if (it.declaredAt > now - declaredTasksKeptMs) return false;
  return !seen.some(({ principal, tasks }) => principal === it.principal && hasTask(tasks, it.name));
}
