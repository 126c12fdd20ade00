import type { Command } from 'commander';
import { titleOf } from '../core/jobs/command-text.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';

interface Options extends ServerOptions, ProjectOption {
  readonly title?: string;
}

export function define(command: Command, cli: Cli): void {
  command
    .usage('[options] JOB [-- COMMAND ARGUMENT…]')
    .argument('<job>', 'such as toxd/12, or 12')
    .argument('[command...]', 'another command')
    .passThroughOptions();
  withServer(withProject(command))
    .option('--title <text>', 'another title')
    .action(async (text: string, given: string[], options: Options) => {
      const { client } = connect(cli, options);
      const [ref = ''] = await readRefs(cli, client, [text], options);
      const words = given[0] === '--' ? given.slice(1) : given;
      const changed = words.length === 0 ? {} : { command: words, title: titleOf(words) };
      const title = options.title === undefined ? {} : { title: options.title };
      const draft = await client.jobs.rerun(ref, { ...changed, ...title, submit: false });
      if (options.json) return cli.terminal.json(draft);
      cli.terminal.out(draft.ref);
      cli.terminal.say(`labkeep: a draft of ${ref}; labkeep submit --draft ${draft.ref} submits it`);
    });
}
