import { Fault } from '../faults.ts';
import { checkText, utf8Length } from '../text.ts';

/** What somebody wrote about a job, in Markdown. Times are milliseconds since 1970, UTC. */
export interface CommentRecord {
  readonly id: number;
  readonly author: string;
  readonly createdAt: number;
  readonly editedAt: number | null;
  readonly text: string;
}

export const markdownBytesMax = 65_536;

/** Markdown as it is kept: not longer than 64 KiB of UTF-8. */
export function checkMarkdown(text: string, field: string): void {
  const bytes = utf8Length(text);
  if (bytes > markdownBytesMax)
    throw new Fault('invalid_field', {
      field,
      found: `${bytes} bytes`,
      expected: `at most ${markdownBytesMax} bytes`,
    });
  checkText(text, field, markdownBytesMax);
}

/** A comment says something. */
export function checkComment(text: string): void {
  checkMarkdown(text, 'text');
  if (text.trim() === '')
    throw new Fault('invalid_field', { field: 'text', found: text, expected: 'a comment' });
}
