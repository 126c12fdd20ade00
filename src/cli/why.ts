import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';
import { plain } from './text.ts';

export function define(command: Command, cli: Cli): void {
  command.argument('<job...>', 'such as toxd/12, or 12');
  withServer(withProject(command)).action(async (texts: string[], options: ServerOptions & ProjectOption) => {
    const { client } = connect(cli, options);
    for (const ref of await readRefs(cli, client, texts, options)) {
      const why = await client.jobs.why(ref);
      if (options.json) cli.terminal.json(why);
      else cli.terminal.out(plain(why.sentence));
    }
  });
}
