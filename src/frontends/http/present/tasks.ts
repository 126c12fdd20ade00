import type { RegisteredTask } from '../../../app/task-registry.ts';
import type { TaskStatus as Status } from '../../../app/tasks.ts';
import type { Task, TaskStatus } from '../schemas/tasks.ts';
import { mutable, presentProgress, presentSummary } from './jobs.ts';
import { timeTextOrNull } from './times.ts';

export function presentTask({ task, source, principal }: RegisteredTask): Task {
  const { name, title, description, parameters, command, locks, resources, limits, retry, onLost } = task;
  return {
    ...{ name, title, description, source, principal, parameters },
    command: mutable(command),
    locks: [...locks],
    ...{ resources, limits, retry, onLost },
  };
}

export function presentTaskStatus({
  task,
  parameters,
  job,
  progress,
  expectedAt,
  error,
}: Status): TaskStatus {
  return {
    task: task.task.name,
    parameters,
    job: presentSummary(job),
    progress: presentProgress(progress),
    expectedAt: timeTextOrNull(expectedAt),
    error,
  };
}
