import type { JobRecord } from '../../../core/jobs/job.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';
import { hold, release, type Step } from '../../../core/jobs/steps.ts';
import type { JobAct } from '../../../ports/storage.ts';
import { applySteps } from '../apply-steps.ts';
import { integer, recordOf } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { cancelJobs } from './cancel-jobs.ts';
import { gatherOwn } from './containers.ts';
import { type Found, findJob, unfinished } from './find-job.ts';
import { knowProjects } from './know.ts';
import { resolveJobs } from './resolve-lost.ts';
import { retryJobs, submitDrafts } from './revive-jobs.ts';
import { restoreJobs, trashJobs } from './trash.ts';

/**
 * Applies one act of a person to jobs; whatever is refused is refused before the first write. `begun`: jobs whose
 * cancellation began in earlier acts.
 */
export function* moveJobs(
  tx: Transaction,
  places: readonly JobPlace[],
  act: JobAct,
  begun: readonly number[] = [],
): Script<readonly JobRecord[]> {
  const named = new Map<number, Found>();
  for (const place of places) {
    const it = yield* findJob(tx, place);
    named.set(integer(it.row.id), it);
  }
  const found = [...named.values()];
  yield* knowProjects(
    tx,
    found.map((it) => ({ projectId: integer(it.row.project_id) })),
  );
  switch (act) {
    case 'cancel':
      yield* cancelJobs(tx, found, begun);
      break;
    case 'retry':
      yield* retryJobs(tx, found);
      break;
    case 'trash':
      yield* trashJobs(tx, found);
      break;
    case 'restore':
      yield* restoreJobs(tx, found);
      break;
    case 'submit':
      yield* submitDrafts(tx, found);
      break;
    case 'resolve_succeeded':
    case 'resolve_failed':
    case 'resolve_retry':
      yield* resolveJobs(tx, found, act);
      break;
    case 'hold':
    case 'release': {
      const rule = act === 'hold' ? hold : release;
      const steps: Step[] = [];
      for (const it of found) {
        const step = rule(unfinished(it, act), tx.now);
        if (step !== null) steps.push(step);
      }
      yield* applySteps(tx, steps);
      if (act === 'release')
        yield* gatherOwn(
          tx,
          steps.flatMap((step) => (step.kind === 'stay' ? step.live : [])),
        );
      break;
    }
  }
  const rows: JobRecord[] = [];
  for (const place of places) rows.push(recordOf((yield* findJob(tx, place)).row, place.project));
  return rows;
}
