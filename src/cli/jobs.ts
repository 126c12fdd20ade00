import type { JobList, JobState } from '@labkeep/client';
import type { Command } from 'commander';
import { jobStates } from '../core/jobs/states.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { printJobs } from './job-view.ts';
import { drawOrWatch, type WatchOption, withWatch } from './live.ts';
import { integerFrom } from './numbers.ts';
import { type ProjectOption, projectOrRefusal, withProject } from './projects-here.ts';
import { refusal } from './refusal.ts';

interface Options extends ServerOptions, ProjectOption, WatchOption {
  readonly state?: readonly string[];
  readonly limit: number;
}

export function define(command: Command, cli: Cli): void {
  withServer(withProject(withWatch(command)))
    .option('-s, --state <state...>', 'only jobs in these states, such as running or failed')
    .option('-n, --limit <number>', 'at most so many', integerFrom(1, 1_000), 20)
    .action(async (options: Options) => {
      const { client } = connect(cli, options);
      const state = options.state?.flatMap((text) => text.split(',')).map(readState);
      const project = await projectOrRefusal(cli, client, options);
      await drawOrWatch(cli, options, async (page) => {
        const list = await client.jobs.list(project, { order: 'newest', limit: options.limit, state });
        if (options.json) page.terminal.json(list);
        else printList(page, list, project, state);
        return true;
      });
    });
}

function printList(
  cli: Cli,
  { items, next }: JobList,
  project: string,
  state: readonly JobState[] | undefined,
): void {
  const which = state === undefined ? '' : `${state.join(' or ')} `;
  if (items.length === 0) cli.terminal.say(`labkeep: no ${which}jobs in ${project}`);
  else printJobs(cli, items);
  if (next !== null) cli.terminal.say('labkeep: there are older ones; --limit shows more');
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
