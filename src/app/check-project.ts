import { checkMarkdown } from '../core/annotations/comment.ts';
import { bounds } from '../core/jobs/specify.ts';
import { checkDirectory, checkJson, checkText } from '../core/text.ts';

export interface ProjectTexts {
  readonly title?: string | null | undefined;
  readonly directory?: string | null | undefined;
  readonly metadata?: unknown;
  /** Markdown. */
  readonly notes?: string | undefined;
}

/** Every bound of a project’s fields that a schema cannot say. */
export function checkProject(texts: ProjectTexts): void {
  if (texts.title != null) checkText(texts.title, 'title', bounds.titleLength);
  if (texts.directory != null) checkDirectory(texts.directory, 'directory', bounds.pathLength);
  if (texts.metadata !== undefined)
    checkJson(texts.metadata, 'metadata', bounds.jsonDepth, bounds.jsonLength);
  if (texts.notes !== undefined) checkMarkdown(texts.notes, 'notes');
}
