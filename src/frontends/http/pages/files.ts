import type { FileRecord, MadeBy } from '../../../core/jobs/job.ts';
import { type Html, html } from './html.ts';
import { jobLink } from './parts.ts';

/** The files of a job, each input with the job that made it. */
export function filesSection(files: readonly FileRecord[]): Html | null {
  if (files.length === 0) return null;
  return html`<h2>Files</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">Role</th><th scope="col">Path</th><th scope="col">Made by</th><th scope="col" class="number">Bytes</th><th scope="col">SHA-256</th><th scope="col">Attempt</th></tr></thead>
<tbody>${files.map(
    (file) => html`
<tr><td>${file.role}</td><td class="text"><code>${file.path}${file.kind === 'directory' ? '/' : ''}</code>${file.note === undefined ? null : html` <span class="quiet">${file.note}</span>`}</td><td>${file.madeBy === undefined ? null : maker(file.madeBy)}</td><td class="number">${file.size?.toLocaleString('en') ?? ''}</td><td><code>${file.sha256?.slice(0, 12) ?? ''}</code></td><td>${file.attempt}</td></tr>`,
  )}</tbody>
</table></div>`;
}

function maker({ ref, by, cyclic, provisional }: MadeBy): Html {
  const remarks = [
    by === 'content' ? 'same content' : null,
    cyclic ? 'in a circle' : null,
    provisional ? 'as things stand' : null,
  ].filter((remark) => remark !== null);
  return html`${jobLink(ref)}${remarks.length === 0 ? null : html` <span class="quiet">${remarks.join(', ')}</span>`}`;
}
