/** What `labkeep run` takes, for help and completion. It runs by another way, from main.ts, so as to start at once. */
import type { Command } from 'commander';
import { serverGroup, serverHelp } from './commands.ts';
import { withProject } from './projects-here.ts';

export function define(command: Command): void {
  const server = (flags: string, description: string) =>
    command.createOption(flags, description).helpGroup(serverGroup);
  withProject(command)
    .usage('[options] -- COMMAND [ARGUMENT…]')
    .argument(
      '[command...]',
      'what to run; it has standard input and output, signals and exit code as without',
    )
    .passThroughOptions()
    .option('--task <name>', 'what kind of work it is')
    .option('--title <text>', 'what the job is called (the command)')
    .option('--tag <tag>', 'a tag for the job; can be given again')
    .option('--in <file>', 'a file that it reads, besides those found; can be given again')
    .option('--out <file>', 'a file that it writes, besides those found; can be given again')
    .option(
      '--alias <name=folder>',
      'where this machine has a registered directory: DATA=/mnt/data; can be given again',
    )
    .option('--no-stdin', 'pass standard input on, and do not record it')
    .option('--no-start', 'start no server; the run is kept until one runs')
    .option('--hash-max <megabytes>', 'record larger files without a digest (256)')
    .option('--ask-version <option>', 'what to call the program with to learn its version')
    .option('-q, --quiet', 'do not say how it ended')
    .option('--json', 'say how it ended as JSON, on standard error')
    .addOption(server('--server <url>', serverHelp.server))
    .addOption(server('--token <token>', serverHelp.token))
    .addOption(server('--data <folder>', serverHelp.data))
    .action(() => {
      throw new Error('labkeep run goes by src/recorder');
    });
}
