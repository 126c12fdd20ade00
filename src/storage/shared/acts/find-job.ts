import { Fault } from '../../../core/faults.ts';
import type { JobDocument, LiveJob } from '../../../core/jobs/job.ts';
import { type JobPlace, writeReference } from '../../../core/jobs/reference.ts';
import { documentFrom } from '../document.ts';
import { integer, liveOf } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';

export interface Found {
  readonly place: JobPlace;
  readonly row: Row;
  /** Null once the job is final. */
  readonly live: LiveJob | null;
}

export function* findJob(tx: Transaction, place: JobPlace): Script<Found> {
  const row = yield* tx.selectOne('find-job', place.project, place.number);
  if (row === undefined) throw new Fault('job_unknown', { found: writeReference(place) });
  const live = row.live_state === null ? undefined : yield* tx.selectOne('find-live', integer(row.id));
  return { place, row, live: live === undefined ? null : liveOf(live) };
}

/** The row of dispatch; refused where the job has ended. */
export function unfinished(it: Found, act: string): LiveJob {
  if (it.live === null)
    throw new Fault('state_conflict', {
      detail: `Job ${writeReference(it.place)} cannot be moved by ${act}`,
      found: it.row.state,
      expected: 'an unfinished job',
    });
  return it.live;
}

export function* documentOf(tx: Pick<Transaction, 'selectOne'>, jobId: number): Script<JobDocument> {
  return documentFrom((yield* tx.selectOne('find-document', jobId))?.body);
}
