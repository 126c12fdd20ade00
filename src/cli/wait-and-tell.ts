/** What `--wait` does once a job is submitted: its reference at once, what became of it in the end. */
import type { Job, LabkeepClient } from '@labkeep/client';
import type { Cli } from './cli.ts';
import { childrenText, endText } from './job-view.ts';
import { waitForJobs } from './show-waiting.ts';
import { plain } from './text.ts';

export interface TellOptions {
  readonly json?: true;
  readonly wait?: true;
}

/** Prints a new job, waited for if that is wanted; sets the exit code by how it ended. */
export async function tellNewJob(
  cli: Cli,
  client: LabkeepClient,
  job: Job,
  options: TellOptions,
): Promise<void> {
  const { terminal } = cli;
  if (options.json && !options.wait) return terminal.json(job);
  if (!options.json) terminal.out(job.ref);
  if (!options.wait) return;
  await waitForJobs(cli, client, [job.ref], async (ended) => {
    if (options.json) terminal.json(ended);
    else await tellEnd(cli, client, ended);
    if (ended.state !== 'succeeded') cli.exit(1);
  });
}

async function tellEnd(cli: Cli, client: LabkeepClient, job: Job): Promise<void> {
  const children = job.children === null ? '' : `; ${childrenText(job.children)}`;
  cli.terminal.say(`labkeep: ${endText(job, cli.now())}${children}`);
  if (job.reason !== 'not_started' && job.reason !== 'handler_error') return;
  const error = await lastError(client, job);
  if (error !== null) cli.terminal.say(`labkeep: ${plain(error)}`);
}

/** What the newest attempt says of its failure. */
async function lastError(client: LabkeepClient, job: Job): Promise<string | null> {
  const { items } = await client.jobs.attempts(job.ref);
  return items.at(-1)?.error ?? null;
}
