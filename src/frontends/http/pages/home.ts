import type { Caller } from '../../../app/caller.ts';
import type { UseCases } from '../../../app/use-cases.ts';
import type { JobRecord } from '../../../core/jobs/job.ts';
import { jobStates } from '../../../core/jobs/states.ts';
import type { JobCounts, Project } from '../../../ports/storage.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import { jobTable, projectHref, stateWord } from './parts.ts';

const projectsShown = 20;
const jobsShown = 5;

/** The projects, each with its newest jobs and how many jobs are in which state. */
export async function homePage(
  useCases: UseCases,
  caller: Caller,
  after: string | undefined,
): Promise<string> {
  const page = await useCases.listProjects(caller, { limit: projectsShown, after });
  const sections = await Promise.all(
    page.items.map(async (project) => {
      const { name } = project;
      const [counted, newest] = await Promise.all([
        useCases.countJobs(caller, name),
        useCases.listJobs(caller, { project: name, newestFirst: true, limit: jobsShown }),
      ]);
      return section(project, counted, newest.items);
    }),
  );
  const body = html`<h1>Projects</h1>
<p><a href="/databases">Databases</a></p>
${sections.length === 0 ? html`<p class="quiet">There are none yet. The first is made by <code>labkeep run -- COMMAND</code>.</p>` : sections}
${page.next === null ? null : html`<p><a href="/?after=${encodeURIComponent(page.next)}" rel="next">More projects</a></p>`}`;
  return layout('Labkeep', [], body);
}

function section(project: Project, counted: JobCounts, newest: readonly JobRecord[]): Html {
  return html`<section>
<h2><a href="${projectHref(project.name)}">${project.name}</a>${project.title === null ? null : html` <span class="quiet">${project.title}</span>`}</h2>
<p>${counts(counted)}</p>
${newest.length === 0 ? null : jobTable(newest)}
</section>
`;
}

function counts(counted: JobCounts): Html {
  const words = jobStates.flatMap((state) =>
    counted[state] === undefined ? [] : [html`${counted[state]} ${stateWord(state)} `],
  );
  return words.length === 0 ? html`<span class="quiet">No jobs yet.</span>` : html`${words}`;
}
