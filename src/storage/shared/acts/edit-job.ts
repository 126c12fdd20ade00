import { priorityStepMs } from '../../../core/dispatch/rank.ts';
import { Fault } from '../../../core/faults.ts';
import type { JobDocument, JobRecord } from '../../../core/jobs/job.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';
import { prioritise } from '../../../core/jobs/steps.ts';
import type { JobChanges } from '../../../ports/storage.ts';
import { lowerHeads } from '../apply-steps.ts';
import { changedValues, integer, policyOf, recordOf } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { internClass, knowProjects } from './know.ts';
import { documentOf, findJob } from './move-jobs.ts';
import { refuseStale } from './projects.ts';

export interface Edit {
  readonly place: JobPlace;
  readonly revision: number | null;
  readonly changes: JobChanges;
}

/** Edits a job: what describes it at any time, what it does only while it is a draft. */
export function* editJob(tx: Transaction, { place, revision, changes }: Edit): Script<JobRecord> {
  const { row, live } = yield* findJob(tx, place);
  const record = recordOf(row, place.project);
  refuseStale(revision, record.revision);
  if (changes.document !== undefined && record.state !== 'draft')
    throw new Fault('state_conflict', {
      detail: 'What a job does can be changed only while it is a draft; rerun makes a changed copy',
      found: record.state,
      expected: 'draft',
    });
  const projectId = integer(row.project_id);
  yield* knowProjects(tx, [{ projectId }]);
  const title = changes.title === undefined ? record.title : changes.title;
  const priority = changes.priority ?? record.priority;
  const document = yield* changedDocument(tx, record.id, changes);
  if (live === null) yield* tx.write('edit-ended', [[record.id, title, priority, record.revision + 1]]);
  else {
    const moved = prioritise(live, priority, priorityStepMs).live;
    const runs = document === null ? null : { command: document.command };
    const classId =
      runs === null || (runs.command === null && record.task === null)
        ? runs === null
          ? moved.classId
          : null
        : yield* internClass(tx, {
            queue: record.queue,
            task: record.task,
            projectId,
            owner: record.owner,
            runs: runs.command === null ? 'handler' : 'command',
          });
    const next = {
      ...moved,
      classId,
      ...(document === null ? {} : { policy: policyOf(document), notBefore: document.notBefore }),
    };
    yield* tx.write('update-live', [changedValues(next)]);
    yield* tx.write('edit-live', [[record.id, title, priority, next.classId]]);
    if (next.state === 'ready') yield* lowerHeads(tx, [next]);
  }
  tx.moved('jobs.changed', projectId, place.number, record.state, record.revision + 1);
  return recordOf((yield* findJob(tx, place)).row, place.project);
}

function* changedDocument(tx: Transaction, jobId: number, changes: JobChanges): Script<JobDocument | null> {
  if (changes.document === undefined && changes.metadata === undefined) return null;
  const before = yield* documentOf(tx, jobId);
  const after: JobDocument = {
    ...before,
    ...changes.document,
    metadata: changes.metadata === undefined ? before.metadata : changes.metadata,
  };
  yield* tx.write('update-document', [[jobId, JSON.stringify(after)]]);
  if (changes.document?.inputs !== undefined || changes.document?.outputs !== undefined) {
    yield* tx.write('delete-declared-files', [[jobId]]);
    const mentions = [
      ...after.inputs.map((file) => ({ role: 'input', file })),
      ...after.outputs.map((file) => ({ role: 'output', file })),
    ];
    yield* tx.write(
      'insert-files',
      mentions.map(({ role, file }) => [
        jobId,
        role,
        file.path,
        file.size ?? null,
        file.sha256 ?? null,
        null,
      ]),
    );
  }
  return changes.document === undefined ? null : after;
}
