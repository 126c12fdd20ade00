import type { CommentRecord } from '../../../core/annotations/comment.ts';
import { Fault } from '../../../core/faults.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';
import type { Page } from '../../../ports/storage.ts';
import { integer, integerOrNull, text } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { jobRow } from './job-row.ts';
import { numericKey, pageOf, position, writeKey } from './position.ts';

export function* listComments(
  it: JobPlace & { readonly limit: number; readonly after?: string },
): Script<Page<CommentRecord>> {
  const asOf = yield* position();
  const jobId = integer((yield* jobRow(it)).id);
  const rows = yield* select('list-comments', jobId, numericKey(it.after), it.limit + 1);
  return pageOf(rows, it.limit, asOf, commentOf, (row) => writeKey(integer(row.id)));
}

export function* getComment(it: JobPlace & { readonly id: number }): Script<CommentRecord> {
  return yield* findComment(integer((yield* jobRow(it)).id), it.id);
}

export function* findComment(jobId: number, id: number): Script<CommentRecord> {
  const row = yield* selectOne('find-comment', jobId, id);
  if (row === undefined) throw new Fault('comment_unknown', { found: id });
  return commentOf(row);
}

function commentOf(row: Row): CommentRecord {
  return {
    id: integer(row.id),
    author: text(row.author),
    createdAt: integer(row.created_at),
    editedAt: integerOrNull(row.edited_at),
    text: text(row.text),
  };
}
