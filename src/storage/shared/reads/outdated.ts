import type { OutdatedRelease } from '../../../ports/records/provenance.ts';
import { integer, text } from '../rows.ts';
import { type Script, select } from '../script.ts';
import { projectIdOf } from './project.ts';

/** Which results of a project rest on a release of a database that is not the current one: how many, by release. */
export function* listOutdated(project: string): Script<readonly OutdatedRelease[]> {
  return (yield* select('list-outdated', yield* projectIdOf(project))).map((found) => ({
    database: text(found.database),
    now: text(found.now),
    was: text(found.was),
    results: integer(found.results),
  }));
}
