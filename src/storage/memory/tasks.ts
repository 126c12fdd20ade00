import type { JobSpec } from '../../core/jobs/job.ts';
import type { JobPlace } from '../../core/jobs/reference.ts';
import type { TaskDefinition } from '../../core/tasks/definition.ts';
import { declaredTasksKeptMs, isForgotten } from '../../core/tasks/forgotten.ts';
import { alreadyRunning, declaredByAnother } from '../../core/tasks/refusals.ts';
import type { DeclaredTask } from '../../ports/records/tasks.ts';
import type { Page } from '../../ports/storage.ts';
import type { Act } from './act.ts';
import { byText, pageOf } from './pages.ts';
import { jobOf, type State } from './state.ts';

export interface StoredRun {
  readonly task: string;
  readonly digest: string;
}

export function declareTasks(act: Act, principal: string, tasks: readonly TaskDefinition[]): void {
  for (const task of tasks) {
    const before = act.state.tasks.get(task.name);
    if (before !== undefined && before.principal !== principal)
      throw declaredByAnother(task.name, before.principal);
    act.state.tasks.set(task.name, { task: structuredClone(task), principal, declaredAt: act.now });
  }
}

/** Drops tasks whose workers are gone. */
export function forgetTasks(act: Act): void {
  const seen = [...act.state.workers.values()]
    .filter(({ leaseEndsAt }) => leaseEndsAt > act.now - declaredTasksKeptMs)
    .map(({ profile }) => profile);
  for (const { task, principal, declaredAt } of [...act.state.tasks.values()])
    if (isForgotten({ name: task.name, principal, declaredAt }, seen, act.now))
      act.state.tasks.delete(task.name);
}

export function listTasks(state: State): Page<DeclaredTask> {
  const tasks = [...state.tasks.values()].sort((one, other) => (one.task.name < other.task.name ? -1 : 1));
  const order = byText<DeclaredTask>(({ task }) => task.name);
  return pageOf(state, tasks, { limit: tasks.length }, order, (task) => task);
}

export function findTaskRun(state: State, { task, digest }: StoredRun): JobPlace | null {
  const isDeleted = (project: string): boolean => state.projects.get(project)?.deleted === true;
  const ids = [...state.taskRuns]
    .filter(
      ([id, run]) =>
        run.task === task && run.digest === digest && !isDeleted(jobOf(state, id).record.project),
    )
    .map(([id]) => id);
  if (ids.length === 0) return null;
  const { project, number } = jobOf(state, Math.max(...ids)).record;
  return { project, number };
}

/** Refuses a run beside one that is unfinished; else remembers it. */
export function beginTaskRun(act: Act, jobId: number, { task, once }: Pick<JobSpec, 'task' | 'once'>): void {
  if (task === null || once === undefined) return;
  refuseDouble(act, { task, digest: once });
  act.state.taskRuns.set(jobId, { task, digest: once });
}

/** A job that is tried again is a run again. */
export function resumeTaskRun(act: Act, jobId: number): void {
  const run = act.state.taskRuns.get(jobId);
  if (run !== undefined) refuseDouble(act, run);
}

function refuseDouble(act: Act, { task, digest }: StoredRun): void {
  for (const [id, run] of act.state.taskRuns) {
    const job = jobOf(act.state, id);
    if (run.task !== task || run.digest !== digest || job.live === null) continue;
    const { project, number, state } = job.record;
    const { fraction = null, text = null } = job.progress ?? {};
    throw alreadyRunning({ task, project, number, state, fraction, text });
  }
}
