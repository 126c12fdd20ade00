import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { endText } from './job-view.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';
import { waitForJobs } from './show-waiting.ts';

export function define(command: Command, cli: Cli): void {
  command.argument('<job...>', 'such as toxd/12, or 12');
  withServer(withProject(command)).action(async (texts: string[], options: ServerOptions & ProjectOption) => {
    const { client } = connect(cli, options);
    await waitForJobs(cli, client, await readRefs(cli, client, texts, options), (job) => {
      if (options.json) cli.terminal.json(job);
      else cli.terminal.out(endText(job, cli.now()));
      if (job.state !== 'succeeded') cli.exit(1);
    });
  });
}
