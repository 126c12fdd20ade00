import type { JobList, JobQuery, JobState, LabkeepClient } from '@labkeep/client';
import type { Command } from 'commander';
import { jobStates } from '../core/jobs/states.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { printJobs } from './job-view.ts';
import { drawOrWatch, type WatchOption, withWatch } from './live.ts';
import { integerFrom } from './numbers.ts';
import { type ProjectOption, projectOrRefusal, withProject } from './projects-here.ts';
import { refusal } from './refusal.ts';
import { plain } from './text.ts';
import { type WhereOption, withSelection, withWhere } from './where.ts';

interface Options extends ServerOptions, ProjectOption, WatchOption, WhereOption {
  readonly state?: readonly string[];
  readonly sort: string;
  readonly trash?: true;
  readonly limit: number;
}

export function define(command: Command, cli: Cli): void {
  withServer(withProject(withWatch(withWhere(command, 'only jobs that are selected'))))
    .option('-s, --state <state...>', 'only jobs in these states, such as running or failed')
    .option('--sort <order>', 'newest, oldest, or a number such as Rfree or Rfree:desc', 'newest')
    .option('--trash', 'jobs in the trash, and no others')
    .option('-n, --limit <number>', 'at most so many', integerFrom(1, 1_000), 20)
    .action(async (options: Options) => {
      const { client } = connect(cli, options);
      const state = options.state?.flatMap((text) => text.split(',')).map(readState);
      const project = await projectOrRefusal(cli, client, options);
      await drawOrWatch(cli, options, async (page) => {
        const drawn = await withSelection(cli, options.where ?? '', options.json === true, async (where) => {
          const list = await firstOf(client, project, queryOf(options, where, state));
          if (options.json) page.terminal.json(list);
          else printList(page, list, project, options);
          return true;
        });
        return drawn ?? false;
      });
    });
}

/** Where nothing but a state or a usual order is asked for, the shorter way. */
function queryOf(
  { sort, trash, limit }: Options,
  where: string,
  state: readonly JobState[] | undefined,
): JobQuery & { readonly limit: number } {
  const isPlain = where === '' && trash === undefined && (sort === 'newest' || sort === 'oldest');
  return isPlain ? { order: sort, limit, state } : { where, sort, trash, limit, state };
}

/** Pages of a selection may hold fewer than asked for: goes on until there are enough. */
async function firstOf(
  client: LabkeepClient,
  project: string,
  query: JobQuery & { readonly limit: number },
): Promise<JobList> {
  let list = await client.jobs.list(project, query);
  while (list.items.length < query.limit && list.next !== null) {
    const limit = query.limit - list.items.length;
    const more = await client.jobs.list(project, { ...query, limit, after: list.next });
    list = { ...more, items: [...list.items, ...more.items], asOf: list.asOf };
  }
  return list;
}

function printList(cli: Cli, { items, next, notes }: JobList, project: string, options: Options): void {
  const { state, where, trash } = options;
  const which = state === undefined ? '' : `${state.join(' or ').replaceAll(',', ' or ')} `;
  const place = trash === true ? ` in the trash of ${project}` : ` in ${project}`;
  if (items.length === 0)
    cli.terminal.say(`labkeep: no ${which}jobs${place}${where === undefined ? '' : ' are selected'}`);
  else printJobs(cli, items);
  for (const note of notes ?? []) cli.terminal.say(`labkeep: ${plain(note)}`);
  if (next !== null)
    cli.terminal.say(
      `labkeep: there are ${options.sort === 'newest' ? 'older' : 'other'} ones; --limit shows more`,
    );
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
