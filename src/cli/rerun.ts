import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';
import { commandText, cut } from './text.ts';
import { type TellOptions, tellNewJob } from './wait-and-tell.ts';

interface Options extends ServerOptions, ProjectOption, TellOptions {
  readonly title?: string;
  readonly hold?: true;
}

export function define(command: Command, cli: Cli): void {
  command
    .usage('[options] JOB [-- COMMAND ARGUMENT…]')
    .argument('<job>', 'such as toxd/12, or 12')
    .argument('[command...]', 'another command')
    .passThroughOptions();
  withServer(withProject(command))
    .option('--title <text>', 'another title')
    .option('--hold', 'let it wait until it is released')
    .option('--wait', 'wait until it has ended; exits with 1 if it did not succeed')
    .action(async (text: string, given: string[], options: Options) => {
      const { client } = connect(cli, options);
      const [ref = ''] = await readRefs(cli, client, [text], options);
      // After the first argument, `--` is one of the words.
      const words = given[0] === '--' ? given.slice(1) : given;
      const changed = words.length === 0 ? {} : { command: words, title: cut(commandText(words), 200) };
      const title = options.title === undefined ? {} : { title: options.title };
      const job = await client.jobs.rerun(ref, { ...changed, ...title, hold: options.hold });
      await tellNewJob(cli, client, job, options);
    });
}
