import type { CommentRecord } from '../../core/annotations/comment.ts';
import type { JobPlace } from '../../core/jobs/reference.ts';
import type { Actor, Page } from '../storage.ts';

/** Comments on jobs. Rating, tags and numbers are changed by `editJob`. Each change raises the revision of the job. */
export interface CommentStorage {
  addComment(params: {
    readonly by: Actor;
    readonly place: JobPlace;
    readonly text: string;
  }): Promise<CommentRecord>;
  /** Oldest first. */
  listComments(
    params: JobPlace & { readonly limit: number; readonly after?: string },
  ): Promise<Page<CommentRecord>>;
  getComment(params: JobPlace & { readonly id: number }): Promise<CommentRecord>;
  editComment(params: {
    readonly by: Actor;
    readonly place: JobPlace;
    readonly id: number;
    readonly text: string;
  }): Promise<CommentRecord>;
  removeComment(params: { readonly by: Actor; readonly place: JobPlace; readonly id: number }): Promise<void>;
}
