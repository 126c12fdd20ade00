import { annotated } from '../../../core/annotations/annotations.ts';
import { type JobClass, limitBelow, lockedBy } from '../../../core/dispatch/classes.ts';
import { priorityStepMs } from '../../../core/dispatch/rank.ts';
import { Fault } from '../../../core/faults.ts';
import { editedDocument, refuseOtherKind } from '../../../core/jobs/edit.ts';
import type { JobDocument, JobRecord, LiveJob } from '../../../core/jobs/job.ts';
import { policyOf } from '../../../core/jobs/new-job.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';
import { prioritise } from '../../../core/jobs/steps.ts';
import { refuseStale } from '../../../core/revision.ts';
import type { JobChanges } from '../../../ports/storage.ts';
import { lowerHeads } from '../apply-steps.ts';
import { documentText } from '../document.ts';
import { checkDatabases } from '../locks/resolve.ts';
import { changedValues, integer, integerOrNull, recordOf } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { replaceWords, titleSource, writeAnnotations } from './annotations.ts';
import { documentOf, findJob } from './find-job.ts';
import { internClass, knowProjects } from './know.ts';
import { insertFiles } from './place-files.ts';

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
  const { title = record.title, priority = record.priority } = changes;
  const document = yield* changedDocument(tx, record, changes);
  const said = changes.annotations === undefined ? null : annotated(record, changes.annotations);
  if (document === null && said === null && title === record.title && priority === record.priority)
    return record;
  const hasWork = document === null ? null : document.command !== null || record.task !== null;
  const otherKind = live !== null && hasWork !== null && hasWork !== (live.classId !== null);
  if (otherKind) refuseOtherKind(record.number, (yield* tx.selectOne('find-child', record.id)) !== undefined);
  const projectId = integer(row.project_id);
  yield* knowProjects(tx, [{ projectId }]);
  const edited = { ...record, ...said, title, priority, revision: record.revision + 1 };
  const job = { id: record.id, projectId };
  if (document !== null) yield* writeDocument(tx, record.id, document, changes);
  if (said !== null) yield* writeAnnotations(tx, job, record, said);
  if (title !== record.title) yield* replaceWords(tx, job, titleSource, title);
  if (live === null) yield* tx.write('edit-ended', [[record.id, title, priority, edited.revision]]);
  else yield* editLive(tx, edited, prioritise(live, priority, priorityStepMs).live, document);
  if (otherKind) yield* tx.write(hasWork ? 'delete-containers' : 'insert-containers', [[record.id]]);
  const trashed = record.trashedAt !== null;
  tx.moved('jobs.changed', projectId, place.number, record.state, edited.revision, trashed);
  return edited;
}

function* editLive(
  tx: Transaction,
  record: JobRecord,
  live: LiveJob,
  document: JobDocument | null,
): Script<void> {
  let next = live;
  if (document !== null && live.state === 'draft') {
    if (document.locks !== undefined) yield* checkDatabases(tx, document.locks);
    const { task, queue, owner } = record;
    const runs = document.command === null ? 'handler' : 'command';
    const classId =
      document.command === null && task === null
        ? null
        : yield* internClass(tx, {
            ...{ queue, task, projectId: live.projectId, owner, runs },
            ...(yield* limitOf(tx, live.parentId)),
            ...lockedBy(document.locks),
          });
    next = { ...live, classId, policy: policyOf(document), notBefore: document.notBefore };
  }
  yield* tx.write('update-live', [changedValues(next)]);
  yield* tx.write('edit-live', [[record.id, record.title, record.priority, next.classId]]);
  if (next.state === 'ready') yield* lowerHeads(tx, [next]);
}

function* limitOf(tx: Transaction, parentId: number | null): Script<Pick<JobClass, 'limit'>> {
  if (parentId === null) return {};
  const row = yield* tx.selectOne('find-limit', parentId);
  return limitBelow({ id: parentId, atOnce: integerOrNull(row?.at_once) });
}

function* changedDocument(
  tx: Transaction,
  { id, task }: JobRecord,
  changes: JobChanges,
): Script<JobDocument | null> {
  if (changes.document === undefined && changes.metadata === undefined) return null;
  const metadata = changes.metadata === undefined ? {} : { metadata: changes.metadata };
  return editedDocument(yield* documentOf(tx, id), { ...changes.document, ...metadata }, task);
}

function* writeDocument(
  tx: Transaction,
  jobId: number,
  document: JobDocument,
  changes: JobChanges,
): Script<void> {
  yield* tx.write('update-document', [[jobId, documentText(document)]]);
  if (changes.document?.inputs === undefined && changes.document?.outputs === undefined) return;
  yield* tx.write('delete-declared-files', [[jobId]]);
  yield* insertFiles(tx, [
    { jobId, role: 'input', files: document.inputs, made: null },
    { jobId, role: 'output', files: document.outputs, made: null },
  ]);
}
