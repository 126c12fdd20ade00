/** `labkeep` alone: the last five jobs, or how to begin. */
import { type JobSummary, type LabkeepClient, LabkeepError } from '@labkeep/client';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { printJobs } from './job-view.ts';
import { projectHere } from './projects-here.ts';

const shown = 5;
const projectsMax = 200;

export function define(command: Command, cli: Cli): void {
  withServer(command).action(async (options: ServerOptions) => {
    try {
      await recent(cli, options);
    } catch (error) {
      if (options.json || !(error instanceof LabkeepError) || error.code !== 'server_away') throw error;
      cli.terminal.out(`${error.detail.replace(/\.$/, '')}. To begin:`);
      cli.terminal.out('  labkeep up              start a server, with a worker, on this machine');
      cli.terminal.out('  labkeep up --example    the same, with an example project to look at');
      cli.terminal.out('  labkeep help            what else there is');
    }
  });
}

async function recent(cli: Cli, options: ServerOptions): Promise<void> {
  const { client } = connect(cli, options);
  const here = await projectHere(cli, client, {});
  const jobs = here === null ? await newestOfAll(client) : await newestOf(client, here);
  if (options.json) return cli.terminal.json({ items: jobs });
  if (jobs.length > 0) return printJobs(cli, jobs);
  cli.terminal.out('No jobs yet. To submit one:  labkeep submit -- COMMAND ARGUMENTS');
}

async function newestOf(client: LabkeepClient, project: string): Promise<readonly JobSummary[]> {
  return (await client.jobs.list(project, { order: 'newest', limit: shown })).items;
}

async function newestOfAll(client: LabkeepClient): Promise<readonly JobSummary[]> {
  const { items } = await client.projects.list({ limit: projectsMax });
  const lists = await Promise.all(items.map(({ name }) => newestOf(client, name)));
  const byTime = (a: JobSummary, b: JobSummary): number => Date.parse(b.createdAt) - Date.parse(a.createdAt);
  return lists.flat().sort(byTime).slice(0, shown);
}
