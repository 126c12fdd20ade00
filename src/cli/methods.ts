import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';
import { plain } from './text.ts';

export function define(command: Command, cli: Cli): void {
  command.argument('<job>', 'such as toxd/12, or 12');
  withServer(withProject(command)).action(async (text: string, options: ServerOptions & ProjectOption) => {
    const { client } = connect(cli, options);
    const [ref = ''] = await readRefs(cli, client, [text], options);
    const methods = await client.provenance.methods(ref);
    if (options.json) return cli.terminal.json(methods);
    cli.terminal.out(plain(methods.text));
    if (!methods.complete) cli.terminal.say('labkeep: there are more steps than are told of');
  });
}
