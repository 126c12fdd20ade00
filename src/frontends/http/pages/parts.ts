/** Small pieces that several pages show. */
import type { JobRecord } from '../../../core/jobs/job.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import type { JobState } from '../../../core/jobs/states.ts';
import { type Html, html } from './html.ts';

export function projectHref(project: string): string {
  return `/projects/${encodeURIComponent(project)}`;
}

export function jobHref(ref: string): string {
  const slash = ref.lastIndexOf('/');
  return `${projectHref(ref.slice(0, slash))}/jobs/${encodeURIComponent(ref.slice(slash + 1))}`;
}

export function jobLink(ref: string): Html {
  return html`<a href="${jobHref(ref)}">${ref}</a>`;
}

export function stateWord(state: JobState): Html {
  return html`<span class="state ${state}">${state}</span>`;
}

/** Such as `2026-11-21 19:40`, with the whole time for machines. */
export function moment(instant: number | null): Html {
  if (instant === null) return html``;
  const text = new Date(instant).toISOString();
  return html`<time datetime="${text}" title="${text}">${text.slice(0, 16).replace('T', ' ')}</time>`;
}

/** What a job is called: its title, else its task, else its command. */
export function jobName(job: JobRecord, command: readonly string[] | null = null): string {
  return job.title ?? job.task ?? command?.join(' ') ?? '';
}

export function jobTable(jobs: readonly JobRecord[]): Html {
  if (jobs.length === 0) return html`<p class="quiet">No jobs.</p>`;
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">Job</th><th scope="col">State</th><th scope="col">Title</th><th scope="col">Owner</th><th scope="col">Created (UTC)</th><th scope="col">Took</th></tr></thead>
<tbody>${jobs.map(jobRow)}</tbody>
</table></div>`;
}

function jobRow(job: JobRecord): Html {
  return html`
<tr><td>${jobLink(writeReference(job))}</td><td>${stateWord(job.state)}${job.reason === null ? null : html` <span class="quiet">${spaced(job.reason)}</span>`}</td><td class="text">${jobName(job)}${marks(job)}</td><td>${job.owner}</td><td class="time">${moment(job.createdAt)}</td><td class="time">${took(job)}</td></tr>`;
}

/** Rating, tags and the number of comments, small, behind a title. */
function marks({ rating, tags, comments }: JobRecord): Html | null {
  if (rating === null && tags.length === 0 && comments === 0) return null;
  const said =
    comments === 0
      ? null
      : html` <span class="quiet">${comments === 1 ? '1 comment' : `${comments} comments`}</span>`;
  return html`${ratingWord(rating)}${tagWords(tags)}${said}`;
}

export function ratingWord(rating: JobRecord['rating']): Html | null {
  return rating === null ? null : html` <span class="rating ${rating}">${rating}</span>`;
}

export function tagWords(tags: readonly string[]): readonly Html[] {
  return tags.map((tag) => html` <span class="tag">${tag}</span>`);
}

export function spaced(word: string): string {
  return word.replaceAll('_', ' ');
}

/** How long it ran; empty while it runs or if it never did. */
export function took({ startedAt, finishedAt }: Pick<JobRecord, 'startedAt' | 'finishedAt'>): string {
  if (startedAt === null || finishedAt === null) return '';
  const seconds = (finishedAt - startedAt) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
