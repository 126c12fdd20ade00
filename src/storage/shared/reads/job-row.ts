import { Fault } from '../../../core/faults.ts';
import { type JobPlace, writeReference } from '../../../core/jobs/reference.ts';
import { type Row, type Script, selectOne } from '../script.ts';

/** The row of a job; refused where there is none. */
export function* jobRow(place: JobPlace): Script<Row> {
  const row = yield* selectOne('find-job', place.project, place.number);
  if (row === undefined) throw new Fault('job_unknown', { found: writeReference(place) });
  return row;
}
