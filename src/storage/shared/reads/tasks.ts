import type { JobPlace } from '../../../core/jobs/reference.ts';
import type { TaskDefinition } from '../../../core/tasks/definition.ts';
import type { DeclaredTask } from '../../../ports/records/tasks.ts';
import type { Page } from '../../../ports/storage.ts';
import { integer, json, text } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { pageOf, position } from './position.ts';

export function* findTask({ name }: { readonly name: string }): Script<DeclaredTask | null> {
  const row = yield* selectOne('find-task', name);
  return row === undefined ? null : declaredOf(row);
}

export function* listTasks(): Script<Page<DeclaredTask>> {
  const asOf = yield* position();
  const rows = yield* select('list-tasks');
  return pageOf(rows, rows.length, asOf, declaredOf, () => '');
}

export function* findTaskRun(it: {
  readonly task: string;
  readonly digest: string;
}): Script<JobPlace | null> {
  const row = yield* selectOne('find-task-run', it.task, it.digest);
  return row === undefined ? null : { project: text(row.project), number: text(row.number) };
}

export function declaredOf(row: Row): DeclaredTask {
  return {
    task: json<TaskDefinition>(row.definition),
    principal: text(row.principal),
    declaredAt: integer(row.declared_at),
  };
}
