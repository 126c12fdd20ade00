import { Fault } from '../../../core/faults.ts';
import { integer } from '../rows.ts';
import { type Row, type Script, selectOne } from '../script.ts';

/** The row of a project that was not deleted. */
export function* findProject(name: string): Script<Row> {
  const row = yield* selectOne('find-project', name);
  if (row === undefined || row.deleted_at !== null) throw new Fault('project_unknown', { found: name });
  return row;
}

export function* projectIdOf(name: string): Script<number> {
  return integer((yield* findProject(name)).id);
}
