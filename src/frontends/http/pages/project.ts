import type { Caller } from '../../../app/caller.ts';
import type { UseCases } from '../../../app/use-cases.ts';
import { type JobState, jobStates } from '../../../core/jobs/states.ts';
import { markdownText } from './annotations.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import { jobTable, projectHref } from './parts.ts';

const jobsShown = 50;

export interface ProjectPage {
  readonly project: string;
  readonly state: JobState | undefined;
  readonly after: string | undefined;
}

/** One project: its jobs, newest first, of all states or of one. */
export async function projectPage(useCases: UseCases, caller: Caller, asked: ProjectPage): Promise<string> {
  const { state, after } = asked;
  const project = await useCases.getProject(caller, asked.project);
  const jobs = await useCases.listJobs(caller, {
    project: project.name,
    states: state === undefined ? undefined : [state],
    newestFirst: true,
    limit: jobsShown,
    after,
  });
  const body = html`<h1>${project.name}</h1>
<p class="quiet">${project.title}${project.directory === null ? null : html` <code>${project.directory}</code>`}</p>
${project.notes === '' || after !== undefined ? null : markdownText(project.notes)}
${stateFilter(project.name, state)}
${jobTable(jobs.items)}
${jobs.next === null ? null : html`<p><a href="${pageHref(project.name, state, jobs.next)}" rel="next">Older jobs</a></p>`}`;
  return layout(`${project.name} · Labkeep`, [project.name], body);
}

function stateFilter(project: string, chosen: JobState | undefined): Html {
  const entry = (state: JobState | undefined): Html => {
    const current = state === chosen ? html` aria-current="page"` : null;
    return html`<li><a href="${pageHref(project, state)}"${current}>${state ?? 'all'}</a></li>`;
  };
  return html`<nav aria-label="Jobs by state"><ul>${[undefined, ...jobStates].map(entry)}</ul></nav>`;
}

function pageHref(project: string, state: JobState | undefined, after?: string): string {
  const query = new URLSearchParams();
  if (state !== undefined) query.set('state', state);
  if (after !== undefined) query.set('after', after);
  return query.size === 0 ? projectHref(project) : `${projectHref(project)}?${query.toString()}`;
}
