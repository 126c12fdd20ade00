import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { type ProjectOption, projectOrRefusal, withProject } from './projects-here.ts';
import { refusal } from './refusal.ts';
import { type WhereOption, withSelection, withWhere } from './where.ts';

interface Options extends ServerOptions, ProjectOption, WhereOption {
  readonly trash?: true;
}

export function define(command: Command, cli: Cli): void {
  command.argument('[selection]', "such as 'state:failed tag:native Rfree<0.25'; without it, all jobs");
  withServer(withProject(withWhere(command, 'the same')))
    .option('--trash', 'jobs in the trash, and no others')
    .action(async (given: string | undefined, options: Options) => {
      if (given !== undefined && options.where !== undefined)
        throw refusal('usage', 'Two selections are given', 'Join them: (ONE) (OTHER).');
      const { client } = connect(cli, options);
      const project = await projectOrRefusal(cli, client, options);
      const json = options.json === true;
      await withSelection(cli, given ?? options.where ?? '', json, async (where) => {
        const counted = await client.jobs.count(project, { where, trash: options.trash });
        if (json) return cli.terminal.json(counted);
        cli.terminal.out(String(counted.count));
        if (!counted.complete) cli.terminal.say('labkeep: there are more; the count was given up here');
      });
    });
}
