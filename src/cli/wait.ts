import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { endText } from './job-view.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';
import { endedJobs } from './wait-for-jobs.ts';

export function addWait(program: Command, cli: Cli): void {
  const command = program
    .command('wait')
    .description('wait until jobs have ended; exits with 1 if one did not succeed')
    .argument('<job...>', 'such as toxd/12, or 12');
  withServer(withProject(command)).action(async (texts: string[], options: ServerOptions & ProjectOption) => {
    const { client } = connect(cli, options);
    for await (const job of endedJobs(client, await readRefs(cli, client, texts, options))) {
      if (options.json) cli.terminal.json(job);
      else cli.terminal.out(endText(job, cli.now()));
      if (job.state !== 'succeeded') cli.exit(1);
    }
  });
}
