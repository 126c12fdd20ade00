import type { JobState } from '@labkeep/client';
import type { Command } from 'commander';
import { jobStates } from '../core/jobs/states.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { printJobs } from './job-view.ts';
import { integerFrom } from './numbers.ts';
import { type ProjectOption, projectOrRefusal, withProject } from './projects-here.ts';
import { refusal } from './refusal.ts';

interface Options extends ServerOptions, ProjectOption {
  readonly state?: readonly string[];
  readonly limit: number;
}

export function addJobs(program: Command, cli: Cli): void {
  const command = program.command('jobs').description('list the jobs of a project, newest first');
  withServer(withProject(command))
    .option('-s, --state <state...>', 'only jobs in these states, such as running or failed')
    .option('-n, --limit <number>', 'at most so many', integerFrom(1, 1_000), 20)
    .action(async (options: Options) => {
      const { client } = connect(cli, options);
      const state = options.state?.flatMap((text) => text.split(',')).map(readState);
      const project = await projectOrRefusal(cli, client, options);
      const page = await client.jobs.list(project, { order: 'newest', limit: options.limit, state });
      if (options.json) return cli.terminal.json(page);
      if (page.items.length === 0)
        return cli.terminal.say(
          `labkeep: no ${state === undefined ? '' : `${state.join(' or ')} `}jobs in ${project}`,
        );
      printJobs(cli, page.items);
      if (page.next !== null) cli.terminal.say(`labkeep: there are older ones; --limit shows more`);
    });
}

function readState(text: string): JobState {
  const state = jobStates.find((one) => one === text);
  if (state !== undefined) return state;
  throw refusal(
    'usage',
    `${JSON.stringify(text)} is not a state of jobs`,
    `The states are ${jobStates.join(', ')}.`,
  );
}
