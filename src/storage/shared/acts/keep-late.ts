import type { Report } from '../../../core/jobs/steps.ts';
import { integer, stateOf, text } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';

/** A report that came after its attempt was over. `body` is all that it said. */
export interface Late {
  readonly jobId: number;
  readonly attempt: number;
  readonly epoch: number;
  readonly outcome: Report['outcome'];
  readonly body: unknown;
}

/** Keeps late reports, and tells of them; one that came before is kept once. */
export function* keepLate(tx: Transaction, reports: readonly Late[]): Script<void> {
  for (const { jobId, attempt, epoch, outcome, body } of reports) {
    if ((yield* tx.selectOne('find-late-report', jobId, attempt, epoch, outcome)) !== undefined) continue;
    yield* tx.write('insert-late-report', [[jobId, attempt, epoch, outcome, tx.now, JSON.stringify(body)]]);
    const job = yield* tx.selectOne('find-job-by-id', jobId);
    if (job === undefined) continue;
    const projectId = integer(job.project_id);
    tx.known.rememberProject(projectId, text(job.project));
    const state = stateOf(job.live_state ?? job.state);
    const revision = integer(job.live_revision ?? job.revision);
    tx.moved('report.late', projectId, text(job.number), state, revision, job.trashed_at !== null);
  }
}
