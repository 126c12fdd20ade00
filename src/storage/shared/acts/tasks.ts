/** Tasks that workers declare, and runs of tasks: no two with the same parameters are unfinished at one time. */
import type { JobSpec } from '../../../core/jobs/job.ts';
import type { TaskDefinition } from '../../../core/tasks/definition.ts';
import { declaredTasksKeptMs, isForgotten } from '../../../core/tasks/forgotten.ts';
import { alreadyRunning, declaredByAnother } from '../../../core/tasks/refusals.ts';
import { declaredOf } from '../reads/tasks.ts';
import { json, stateOf, text, textOrNull } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';

export function* declareTasks(
  tx: Transaction,
  principal: string,
  tasks: readonly TaskDefinition[],
): Script<null> {
  for (const task of tasks) {
    const before = yield* tx.selectOne('find-task', task.name);
    if (before !== undefined && before.principal !== principal)
      throw declaredByAnother(task.name, text(before.principal));
    yield* tx.write('set-task', [[task.name, principal, JSON.stringify(task), tx.now]]);
  }
  return null;
}

/** Drops tasks whose workers are gone. */
export function* forgetTasks(tx: Transaction): Script<void> {
  const declared = (yield* tx.select('list-tasks')).map(declaredOf);
  if (declared.length === 0) return;
  const rows = yield* tx.select('list-workers-seen-since', tx.now - declaredTasksKeptMs);
  const seen = rows.map((row) => ({ principal: text(row.principal), tasks: json<string[]>(row.tasks) }));
  const forgotten = declared.filter(({ task: { name }, principal, declaredAt }) =>
    isForgotten({ name, principal, declaredAt }, seen, tx.now),
  );
  yield* tx.write(
    'delete-tasks',
    forgotten.map(({ task }) => [task.name]),
  );
}

/** Refuses a run beside one that is unfinished; else remembers it. */
export function* beginTaskRun(
  tx: Transaction,
  jobId: number,
  { task, once }: Pick<JobSpec, 'task' | 'once'>,
): Script<void> {
  if (task === null || once === undefined) return;
  yield* refuseDouble(tx, task, once);
  yield* tx.write('insert-task-runs', [[jobId, task, once]]);
}

/** A job that is tried again is a run again. */
export function* resumeTaskRun(tx: Transaction, jobId: number): Script<void> {
  const run = yield* tx.selectOne('find-task-of-run', jobId);
  if (run !== undefined) yield* refuseDouble(tx, text(run.task), text(run.digest));
}

function* refuseDouble(tx: Transaction, task: string, digest: string): Script<void> {
  const row = yield* tx.selectOne('find-unfinished-task-run', task, digest);
  if (row === undefined) return;
  throw alreadyRunning({
    task,
    project: text(row.project),
    number: text(row.number),
    state: stateOf(row.state),
    fraction: row.fraction === null ? null : Number(row.fraction),
    text: textOrNull(row.text),
  });
}
