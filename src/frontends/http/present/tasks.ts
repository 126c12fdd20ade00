import type { RegisteredTask } from '../../../app/task-registry.ts';
import type { TaskStatus as Status } from '../../../app/tasks.ts';
import type { Asks, VersionQuestion } from '../../../core/tasks/asks.ts';
import type { RunAsks, Task, TaskStatus } from '../schemas/tasks.ts';
import { mutable, presentProgress, presentSummary } from './jobs.ts';
import { timeTextOrNull } from './times.ts';

export function presentTask({ task, source, principal }: RegisteredTask): Task {
  const { name, title, description, parameters, command, locks, resources, limits, retry, onLost } = task;
  const { version, numbers } = task;
  return {
    ...{ name, title, description, source, principal, parameters },
    command: mutable(command),
    locks: [...locks],
    ...{ resources, limits, retry, onLost },
    version: version === null ? null : presentQuestion(version),
    numbers,
  };
}

/** What a run is asked, for whoever runs it. */
export function presentAsks({ version, numbers }: Asks): RunAsks {
  return {
    ...(version === undefined ? {} : { version: presentQuestion(version) }),
    ...(numbers === undefined ? {} : { numbers }),
  };
}

function presentQuestion({ command, pattern }: VersionQuestion) {
  return { command: [...command], pattern };
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
    progress: presentProgress(job, progress),
    expectedAt: timeTextOrNull(expectedAt),
    error,
  };
}
