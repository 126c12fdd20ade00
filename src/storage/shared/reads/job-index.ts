import type { Position } from '../../../core/events/cursor.ts';
import type { JobIndex } from '../../../core/jobs/job.ts';
import { integer, json } from '../rows.ts';
import { type Script, select } from '../script.ts';
import { numericKey, position, writeKey } from './position.ts';
import { projectIdOf } from './project.ts';

/** The jobs of a project, a column for each thing that is told of them. */
export function* indexJobs(it: {
  readonly project: string;
  readonly limit: number;
  readonly after?: string;
}): Script<{ readonly index: JobIndex; readonly next: string | null; readonly asOf: Position }> {
  const { incarnation, sequence } = yield* position();
  const projectId = yield* projectIdOf(it.project);
  const [row] = yield* select('index-jobs', projectId, numericKey(it.after), it.limit);
  const index: JobIndex = {
    numbers: json(row?.numbers),
    states: json(row?.states),
    tasks: json(row?.tasks),
    titles: json(row?.titles),
    revisions: json(row?.revisions),
  };
  // A full page may be the last: the next is then empty.
  const next = index.numbers.length < it.limit ? null : writeKey(integer(row?.last));
  return { index, next, asOf: { incarnation, sequence } };
}
