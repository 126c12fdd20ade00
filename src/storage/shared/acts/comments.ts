import type { CommentRecord } from '../../../core/annotations/comment.ts';
import type { JobRecord } from '../../../core/jobs/job.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';
import { findComment } from '../reads/comments.ts';
import { integer, recordOf } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { insertWords, replaceWords, writeAnnotations } from './annotations.ts';
import { findJob } from './find-job.ts';
import { knowProjects } from './know.ts';

export function* addComment(
  tx: Transaction,
  place: JobPlace,
  author: string,
  text: string,
): Script<CommentRecord> {
  const job = yield* commented(tx, place);
  const id = tx.takeJobIds(1);
  yield* tx.write('insert-comment', [[id, job.id, author, tx.now, text]]);
  yield* insertWords(tx, [{ job, source: id, text }]);
  yield* writeAnnotations(tx, job, job.record, { ...job.record, comments: job.record.comments + 1 });
  yield* touch(tx, job);
  return { id, author, createdAt: tx.now, editedAt: null, text };
}

export function* editComment(
  tx: Transaction,
  place: JobPlace,
  id: number,
  text: string,
): Script<CommentRecord> {
  const job = yield* commented(tx, place);
  const before = yield* findComment(job.id, id);
  yield* tx.write('edit-comment', [[id, tx.now, text]]);
  yield* replaceWords(tx, job, id, text);
  yield* touch(tx, job);
  return { ...before, editedAt: tx.now, text };
}

export function* removeComment(tx: Transaction, place: JobPlace, id: number): Script<null> {
  const job = yield* commented(tx, place);
  yield* findComment(job.id, id);
  yield* tx.write('delete-comment', [[id]]);
  yield* replaceWords(tx, job, id, null);
  yield* writeAnnotations(tx, job, job.record, { ...job.record, comments: job.record.comments - 1 });
  yield* touch(tx, job);
  return null;
}

interface Commented {
  readonly id: number;
  readonly projectId: number;
  readonly record: JobRecord;
  readonly isLive: boolean;
}

function* commented(tx: Transaction, place: JobPlace): Script<Commented> {
  const { row, live } = yield* findJob(tx, place);
  const projectId = integer(row.project_id);
  yield* knowProjects(tx, [{ projectId }]);
  return { id: integer(row.id), projectId, record: recordOf(row, place.project), isLive: live !== null };
}

/** A job of which something was said is another than before: its revision says so. */
function* touch(tx: Transaction, { id, projectId, record, isLive }: Commented): Script<void> {
  yield* tx.write(isLive ? 'touch-live' : 'touch-ended', [[id]]);
  const trashed = record.trashedAt !== null;
  tx.moved('jobs.changed', projectId, record.number, record.state, record.revision + 1, trashed);
}
