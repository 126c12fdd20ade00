import type { CommentRecord } from '../../core/annotations/comment.ts';
import { Fault } from '../../core/faults.ts';
import type { JobPlace } from '../../core/jobs/reference.ts';
import type { Page } from '../../ports/storage.ts';
import { type Act, tellOfJob } from './act.ts';
import { byNumber, pageOf } from './pages.ts';
import { jobAt, type State, type StoredJob } from './state.ts';

export function addComment(act: Act, place: JobPlace, author: string, text: string): CommentRecord {
  const job = jobAt(act.state, place);
  const comment = { id: ++act.state.lastJobId, author, createdAt: act.now, editedAt: null, text };
  act.state.comments.set(comment.id, { jobId: job.record.id, comment });
  touch(act, job, 1);
  return comment;
}

export function editComment(act: Act, place: JobPlace, id: number, text: string): CommentRecord {
  const job = jobAt(act.state, place);
  const comment = { ...findComment(act.state, job, id), editedAt: act.now, text };
  act.state.comments.set(id, { jobId: job.record.id, comment });
  touch(act, job, 0);
  return comment;
}

export function removeComment(act: Act, place: JobPlace, id: number): void {
  const job = jobAt(act.state, place);
  findComment(act.state, job, id);
  act.state.comments.delete(id);
  touch(act, job, -1);
}

export function getComment(state: State, place: JobPlace, id: number): CommentRecord {
  return findComment(state, jobAt(state, place), id);
}

export function listComments(
  state: State,
  params: JobPlace & { readonly limit: number; readonly after?: string },
): Page<CommentRecord> {
  const comments = commentsOf(state, jobAt(state, params).record.id);
  const order = byNumber<CommentRecord>(({ id }) => id);
  return pageOf(state, comments, params, order, (comment) => comment);
}

function commentsOf(state: State, jobId: number): readonly CommentRecord[] {
  return [...state.comments.values()].filter((it) => it.jobId === jobId).map(({ comment }) => comment);
}

function findComment(state: State, job: StoredJob, id: number): CommentRecord {
  const found = state.comments.get(id);
  if (found?.jobId !== job.record.id) throw new Fault('comment_unknown', { found: id });
  return found.comment;
}

/** A job of which something was said is another than before: its revision says so. */
function touch(act: Act, job: StoredJob, added: number): void {
  const { revision, comments } = job.record;
  const record = { ...job.record, revision: revision + 1, comments: comments + added };
  const live = job.live === null ? null : { ...job.live, revision: revision + 1 };
  act.state.jobs.set(record.id, { ...job, record, live });
  tellOfJob(act, 'jobs.changed', record);
}
