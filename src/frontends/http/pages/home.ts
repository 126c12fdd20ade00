import type { Caller } from '../../../app/caller.ts';
import type { UseCases } from '../../../app/use-cases.ts';
import type { JobRecord } from '../../../core/jobs/job.ts';
import { jobStates } from '../../../core/jobs/states.ts';
import type { Page, Project } from '../../../ports/storage.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import { jobTable, projectHref, stateWord } from './parts.ts';

const projectsShown = 20;
const jobsCounted = 100;
const jobsShown = 5;

/** The projects, each with its newest jobs and how many of them are in which state. */
export async function homePage(
  useCases: UseCases,
  caller: Caller,
  after: string | undefined,
): Promise<string> {
  const page = await useCases.listProjects(caller, { limit: projectsShown, after });
  const sections = await Promise.all(
    page.items.map(async (project) => {
      const jobs = await useCases.listJobs(caller, {
        project: project.name,
        newestFirst: true,
        limit: jobsCounted,
      });
      return section(project, jobs);
    }),
  );
  const body = html`<h1>Projects</h1>
${sections.length === 0 ? html`<p class="quiet">There are none yet. The first is made by <code>labkeep run -- COMMAND</code>.</p>` : sections}
${page.next === null ? null : html`<p><a href="/?after=${encodeURIComponent(page.next)}" rel="next">More projects</a></p>`}`;
  return layout('Labkeep', [], body);
}

function section(project: Project, jobs: Page<JobRecord>): Html {
  return html`<section>
<h2><a href="${projectHref(project.name)}">${project.name}</a>${project.title === null ? null : html` <span class="quiet">${project.title}</span>`}</h2>
<p>${counts(jobs)}</p>
${jobs.items.length === 0 ? null : jobTable(jobs.items.slice(0, jobsShown))}
</section>
`;
}

function counts(jobs: Page<JobRecord>): Html {
  const many = Map.groupBy(jobs.items, (job) => job.state);
  const words = jobStates.flatMap((state) => {
    const some = many.get(state);
    return some === undefined ? [] : [html`${some.length} ${stateWord(state)} `];
  });
  if (words.length === 0) return html`<span class="quiet">No jobs yet.</span>`;
  return html`${words}${jobs.next === null ? null : html`<span class="quiet">of the last ${jobs.items.length}</span>`}`;
}
