import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { printJob } from './job-view.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';

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
      else printJob(cli, job);
    }
  });
}
