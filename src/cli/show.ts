import type { Job, LabkeepClient } from '@labkeep/client';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { printJob } from './job-view.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';
import { lastError } from './wait-and-tell.ts';

export function addShow(program: Command, cli: Cli): void {
  const command = program
    .command('show')
    .description('show all of a job')
    .argument('<job...>', 'such as toxd/12, or 12');
  withServer(withProject(command)).action(async (texts: string[], options: ServerOptions & ProjectOption) => {
    const { client } = connect(cli, options);
    for (const ref of await readRefs(cli, client, texts, options)) {
      const job = await client.jobs.get(ref);
      if (options.json) cli.terminal.json(job);
      else printJob(cli, job, await errorOf(client, job));
    }
  });
}

/** Of a job that is over without a success. */
async function errorOf(client: LabkeepClient, job: Job): Promise<string | null> {
  return job.attempts === 0 || job.finishedAt === null || job.state === 'succeeded'
    ? null
    : lastError(client, job);
}
