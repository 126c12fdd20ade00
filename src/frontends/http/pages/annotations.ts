/** What people say of a job. Markdown is shown as it was written: as text. */
import type { Annotations } from '../../../core/annotations/annotations.ts';
import type { CommentRecord } from '../../../core/annotations/comment.ts';
import { type Html, html } from './html.ts';
import { moment } from './parts.ts';

export function numbers({ numbers: named }: Pick<Annotations, 'numbers'>): Html | null {
  const rows = Object.entries(named);
  if (rows.length === 0) return null;
  return html`<h2>Numbers</h2>
<table class="narrow">
<tbody>${rows.map(
    ([name, value]) => html`
<tr><th scope="row">${name}</th><td class="number">${String(value)}</td></tr>`,
  )}</tbody>
</table>`;
}

/** Markdown as text: nothing in it is markup of the page. */
export function markdownText(text: string): Html {
  return html`<div class="written">${text}</div>`;
}

export function commentSection(comments: readonly CommentRecord[], all: number): Html | null {
  if (comments.length === 0) return null;
  const more =
    all > comments.length
      ? html`<p class="quiet">The first ${comments.length} of ${all}; all are under <code>labkeep comment</code>.</p>`
      : null;
  return html`<h2>Comments</h2>
${more}
${comments.map(
  ({ author, createdAt, editedAt, text }) => html`<article>
<p class="quiet">${author}, ${moment(createdAt)}${editedAt === null ? null : html`, changed ${moment(editedAt)}`}</p>
${markdownText(text)}
</article>
`,
)}`;
}
