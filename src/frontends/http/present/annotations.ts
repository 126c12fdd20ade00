import type { CommentRecord } from '../../../core/annotations/comment.ts';
import type { Comment } from '../schemas/annotations.ts';
import { timeText, timeTextOrNull } from './times.ts';

export function presentComment({ id, author, createdAt, editedAt, text }: CommentRecord): Comment {
  return { id, author, createdAt: timeText(createdAt), editedAt: timeTextOrNull(editedAt), text };
}
