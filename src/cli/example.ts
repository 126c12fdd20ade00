/**
 * The example project: seven jobs from a plasmid’s record to a report. What is there already is not done again, so
 * that a start that was cut short is finished by the next.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Job, type LabkeepClient, LabkeepError, type NewJob } from '@labkeep/client';
import { type ExampleJob, exampleJobs, exampleProject } from '#examples/jobs';
import { endedJobs } from './wait-for-jobs.ts';

export { exampleProject } from '#examples/jobs';

const recordName = 'NC_005816.gb';

export interface ExampleOptions {
  readonly client: LabkeepClient;
  /** Where the project’s own folder is made. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

export const exampleSteps: readonly ExampleJob[] = exampleJobs({
  programs: programCommand,
  record: recordName,
});

/** Gives the jobs of the example in their order, each when it has ended. */
export async function* runExample({
  client,
  folder,
  signal,
}: ExampleOptions): AsyncGenerator<Job, void, undefined> {
  if (await makeProject(client, folder)) await submit(client, isFirst);
  for (const [index, step] of exampleSteps.entries()) {
    const ref = refOf(index);
    if (!(await exists(client, ref))) {
      if (isFirst(step)) await submit(client, isFirst);
      else await submitLater(client, step);
    }
    for await (const job of endedJobs(client, [ref], { signal })) yield job;
  }
}

function refOf(index: number): string {
  return `${exampleProject.name}/${index + 1}`;
}

/** Those that can be submitted together: before the one that a person would run again. */
function isFirst(step: ExampleJob): boolean {
  const rerun = exampleSteps.findIndex(({ rerunOf }) => rerunOf !== undefined);
  return exampleSteps.indexOf(step) < rerun;
}

/** False if it is there already. */
async function makeProject(client: LabkeepClient, folder: string): Promise<boolean> {
  const { name, title } = exampleProject;
  const directory = join(folder, name);
  mkdirSync(directory, { recursive: true });
  copyFileSync(
    fileURLToPath(new URL(`./data/${recordName}`, import.meta.resolve('#examples/jobs'))),
    join(directory, recordName),
  );
  try {
    await client.projects.create({ name, title, directory });
    return true;
  } catch (error) {
    if (error instanceof LabkeepError && error.code === 'project_exists') return false;
    throw error;
  }
}

async function exists(client: LabkeepClient, ref: string): Promise<boolean> {
  try {
    await client.jobs.get(ref);
    return true;
  } catch (error) {
    if (error instanceof LabkeepError && error.code === 'job_unknown') return false;
    throw error;
  }
}

async function submit(client: LabkeepClient, which: (step: ExampleJob) => boolean): Promise<void> {
  const jobs = exampleSteps.filter(which).map((step) => ({
    ...requestOf(step),
    after: step.after?.map(({ job, on }) => ({ job, on })),
  }));
  await client.jobs.submitMany(exampleProject.name, jobs);
}

async function submitLater(client: LabkeepClient, step: ExampleJob): Promise<void> {
  if (step.rerunOf !== undefined) {
    const { title, command } = step;
    await client.jobs.rerun(refOf(step.rerunOf), { title, command });
    return;
  }
  const after = step.after?.map(({ job, on }) => ({ job: refOf(job), on }));
  await client.jobs.submit(exampleProject.name, { ...requestOf(step), after });
}

function requestOf({ task, title, command, inputs, outputs }: ExampleJob): NewJob {
  return { task, title, command, inputs, outputs };
}

function programCommand(name: ExampleJob['task']): readonly string[] {
  return [process.execPath, fileURLToPath(import.meta.resolve(`#examples/${name}`))];
}
