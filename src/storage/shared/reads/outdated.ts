import { Fault } from '../../../core/faults.ts';
import type { OutdatedRelease } from '../../../ports/records/provenance.ts';
import { integer, text } from '../rows.ts';
import { type Script, select, selectOne } from '../script.ts';

/** Which results of a project rest on a release of a database that is not the current one: how many, by release. */
export function* listOutdated(project: string): Script<readonly OutdatedRelease[]> {
  const row = yield* selectOne('find-project', project);
  if (row === undefined || row.deleted_at !== null) throw new Fault('project_unknown', { found: project });
  return (yield* select('list-outdated', integer(row.id))).map((found) => ({
    database: text(found.database),
    now: text(found.now),
    was: text(found.was),
    results: integer(found.results),
  }));
}
